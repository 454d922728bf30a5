package ai.doxle.imageorigin.delivery;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.cache.ImageMemory;
import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.NoRegionalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.KeptCopies;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Furnishes the delivery room.
 */
@Configuration(proxyBeanMethods = false)
class DeliveryConfiguration {

	@Bean
	ImageDelivery imageDelivery(ImageStore store, ImageTypeProperties types, LocalCache local, ImageMemory memory,
			ObjectProvider<RegionalCache> region, CacheProperties cache, ObjectProvider<DeliveryObserver> observer) {
		Tiers tiers = new Tiers(local, region.getIfAvailable(NoRegionalCache::new), memory, cache.negativeTtl());
		return new ImageDelivery(new JudgedStore(store, new ImageTypes(types)), tiers,
				observer.getIfAvailable(() -> DeliveryObserver.NONE));
	}

	@Bean
	KeptCopies keptCopies(LocalCache local, ObjectProvider<RegionalCache> region) {
		return new KeptCopies(local.isOn() || region.getIfAvailable() != null);
	}

}
