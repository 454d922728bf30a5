package ai.doxle.imageorigin.admin;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.runtime.LoopExecutor;

/**
 * Configures purging, warming and looking at what is cached.
 */
@Configuration(proxyBeanMethods = false)
class AdminConfiguration {

	@Bean
	InstanceImages instanceImages(ImageDelivery delivery) {
		return new DeliveredImages(delivery);
	}

	@Bean
	ImagePurge imagePurge(InstanceImages images, ObjectProvider<RegionalCache> region, CdnInvalidation cdn,
			ObjectProvider<PeerRegions> peers) {
		return new ImagePurge(images, region.getIfAvailable(), cdn, peers.getIfAvailable(() -> PeerRegions.NONE),
				Schedulers.boundedElastic());
	}

	@Bean
	ImageWarming imageWarming(InstanceImages images, LoopResources eventLoops) {
		return new ImageWarming(images, new LoopExecutor(eventLoops.onClient(LoopResources.DEFAULT_NATIVE)));
	}

	@Bean
	CachedHeads cachedHeads(LocalCache memory, ObjectProvider<RegionalCache> region) {
		return new CachedHeads(memory, region.getIfAvailable());
	}

}
