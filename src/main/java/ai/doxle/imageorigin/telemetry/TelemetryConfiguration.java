package ai.doxle.imageorigin.telemetry;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.access.viewer.ViewerCookies;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.offheap.ImageMemory;
import ai.doxle.imageorigin.offheap.ImageMemory.Use;
import ai.doxle.imageorigin.store.ImageStore;

/**
 * Puts meters around the ports.
 */
@Configuration(proxyBeanMethods = false)
class TelemetryConfiguration {

	/** Static, so that it is there before the beans that it decorates. */
	@Bean
	static BeanPostProcessor portMeters(ObjectProvider<StoreMeters> storeMeters,
			ObjectProvider<RegionalMeters> regionalMeters) {
		return new BeanPostProcessor() {
			@Override
			public Object postProcessAfterInitialization(Object bean, String name) {
				return switch (bean) {
					case ImageStore store -> new MeteredImageStore(store, storeMeters.getObject());
					case RegionalCache region -> new MeteredRegionalCache(region, regionalMeters.getObject());
					default -> bean;
				};
			}
		};
	}

	@Bean
	StoreMeters storeMeters(MeterRegistry registry) {
		return new StoreMeters(registry);
	}

	@Bean
	RegionalMeters regionalMeters(MeterRegistry registry) {
		return new RegionalMeters(registry);
	}

	@Bean
	DeliveryMeters deliveryMeters(MeterRegistry registry) {
		return new DeliveryMeters(registry);
	}

	@Bean
	MeterBinder activeLoadMeters(ImageDelivery delivery) {
		return (registry) -> Gauge.builder("image.origin.loads.active", delivery, ImageDelivery::loadsUnderWay)
			.description("Images that are being loaded into memory now")
			.register(registry);
	}

	@Bean
	MeterBinder purgeMeters(ImageDelivery delivery) {
		return (registry) -> Gauge
			.builder("image.origin.purge.receiving", delivery, (images) -> images.isReceivingPurges() ? 1 : 0)
			.description("1 if this instance hears of the region's purges, 0 if it may miss some")
			.register(registry);
	}

	@Bean
	MeterBinder cookieMeters(ViewerCookies cookies) {
		return (registry) -> {
			bind(registry, cookies, "valid", ViewerCookies::valid);
			bind(registry, cookies, "forged", ViewerCookies::forged);
			bind(registry, cookies, "rejected", ViewerCookies::rejected);
		};
	}

	private static void bind(MeterRegistry registry, ViewerCookies cookies, String outcome,
			ToDoubleFunction<ViewerCookies> count) {
		FunctionCounter.builder("image.origin.cookies", cookies, count)
			.description("Sets of viewers' cookies that were verified, or could not be, for so many others")
			.tag("outcome", outcome)
			.register(registry);
	}

	@Bean
	MeterBinder imageMemoryMeters(ImageMemory memory) {
		return (registry) -> {
			for (Use use : Use.values()) {
				bind(registry, memory, use);
			}
			Gauge.builder("image.origin.memory.spare", memory, ImageMemory::spareBytes)
				.description("Memory outside the heap that was images', kept for the next loads")
				.baseUnit(BaseUnits.BYTES)
				.register(registry);
			FunctionCounter.builder("image.origin.memory.reclaimed", memory, ImageMemory::reclaimed)
				.description("Evicted images that were taken from their readers, since others needed the memory")
				.register(registry);
		};
	}

	private static void bind(MeterRegistry registry, ImageMemory memory, Use use) {
		String tag = use.name().toLowerCase(Locale.ROOT);
		Gauge.builder("image.origin.memory.used", memory, (images) -> images.used(use))
			.description("Memory outside the heap that images take: loading, cached, or evicted while they are read")
			.baseUnit(BaseUnits.BYTES)
			.tag("use", tag)
			.register(registry);
		Gauge.builder("image.origin.memory.limit", memory, (images) -> images.limit(use))
			.description("The most memory outside the heap that images may take for each use")
			.baseUnit(BaseUnits.BYTES)
			.tag("use", tag)
			.register(registry);
	}

}
