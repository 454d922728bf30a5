package ai.doxle.imageorigin.upkeep;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;

/**
 * Furnishes the upkeep room.
 */
@Configuration(proxyBeanMethods = false)
class UpkeepConfiguration {

	@Bean
	InstanceImages instanceImages(ImageDelivery delivery) {
		return new DeliveredImages(delivery);
	}

	@Bean
	ImagePurge imagePurge(InstanceImages images, ObjectProvider<RegionalCache> region, CdnInvalidation cdn) {
		return new ImagePurge(images, region.getIfAvailable(), cdn, Schedulers.boundedElastic());
	}

	@Bean
	ImageWarming imageWarming(InstanceImages images) {
		return new ImageWarming(images);
	}

	@Bean
	UpkeepHandler upkeepHandler(LocalCache memory, ObjectProvider<RegionalCache> region, ImagePurge purge,
			ImageWarming warming, JsonMapper json) {
		return new UpkeepHandler(new CachedHeads(memory, region.getIfAvailable()), purge, warming, new KeyList(json));
	}

}
