package ai.doxle.imageorigin.admin.events;

import java.util.Set;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.admin.ImagePurge;
import ai.doxle.imageorigin.admin.ImageWarming;
import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.store.StoreProperties;

/**
 * Configures what is done about events, and the queue of those that come by webhook.
 */
@Configuration(proxyBeanMethods = false)
class EventsConfiguration {

	@Bean
	EventHandler eventHandler(ImageDelivery delivery, LocalCache memory, ObjectProvider<RegionalCache> region,
			ImagePurge purge, ImageWarming warming, ObjectProvider<EventOrder> order, StoreProperties store,
			MeterRegistry registry) {
		CreatedImages created = new CreatedImages(delivery, memory, region.getIfAvailable(), purge, warming);
		Set<String> buckets = store.buckets().stream().map(StoreProperties.Bucket::name).collect(Collectors.toSet());
		return new EventHandler(order.getIfAvailable(InstanceOrder::new), created, purge, buckets,
				new EventMeters(registry));
	}

	@Bean
	EventQueue eventQueue(EventHandler handler) {
		return new EventQueue(handler);
	}

	@Bean
	MeterBinder eventQueueMeters(EventQueue queue) {
		return (registry) -> Gauge.builder("image.origin.events.waiting", queue, EventQueue::waiting)
			.description("Events that webhooks sent and that are not done")
			.register(registry);
	}

}
