package ai.doxle.imageorigin.delivery;

import java.util.concurrent.TimeUnit;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.NoRegionalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.type.ImageTypeProperties;
import ai.doxle.imageorigin.delivery.type.ImageTypes;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.offheap.ImageMemory;
import ai.doxle.imageorigin.store.CacheFallback;
import ai.doxle.imageorigin.store.ImageStore;

/**
 * Configures how images are found and loaded.
 */
@Configuration(proxyBeanMethods = false)
class DeliveryConfiguration {

	private static final long WATCH_SECONDS = 10;

	@Bean
	ImageDelivery imageDelivery(ImageStore store, ImageTypeProperties types, LocalCache local, ImageMemory memory,
			ObjectProvider<RegionalCache> region, CacheProperties cache, ObjectProvider<DeliveryObserver> observer) {
		CacheTiers tiers = new CacheTiers(local, region.getIfAvailable(NoRegionalCache::new), memory,
				cache.negativeTtl());
		return new ImageDelivery(new TypeCheckedStore(store, new ImageTypes(types)), tiers,
				observer.getIfAvailable(() -> DeliveryObserver.NONE));
	}

	/** Looks for loads that should have ended. */
	@Bean(destroyMethod = "dispose")
	Disposable loadWatchdog(ImageDelivery delivery) {
		return Schedulers.parallel()
			.schedulePeriodically(delivery::endStalledLoads, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
	}

	@Bean
	CacheFallback cacheFallback(LocalCache local, ObjectProvider<RegionalCache> region) {
		return new CacheFallback(local.isOn() || region.getIfAvailable() != null);
	}

}
