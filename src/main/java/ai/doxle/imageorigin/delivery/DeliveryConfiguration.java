package ai.doxle.imageorigin.delivery;

import ai.doxle.imageorigin.store.ImageStore;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Furnishes the delivery room.
 */
@Configuration(proxyBeanMethods = false)
class DeliveryConfiguration {

	@Bean
	ImageDelivery imageDelivery(ImageStore store, ImageTypeProperties types) {
		return new ImageDelivery(store, new ImageTypes(types));
	}

}
