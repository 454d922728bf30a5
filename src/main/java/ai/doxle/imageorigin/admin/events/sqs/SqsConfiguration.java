package ai.doxle.imageorigin.admin.events.sqs;

import java.util.Objects;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.admin.PeerRegions;
import ai.doxle.imageorigin.admin.events.EventHandler;
import ai.doxle.imageorigin.admin.events.EventProperties;
import ai.doxle.imageorigin.admin.events.payload.EventReader;

/**
 * Configures the queue of this region, if there is one, and those of its peers.
 */
@Configuration(proxyBeanMethods = false)
class SqsConfiguration {

	@Bean
	QueueMeters eventQueueDepthMeters(MeterRegistry registry, JsonMapper json) {
		return new QueueMeters(registry, json);
	}

	@Bean
	PeerRegions peerRegions(EventProperties properties, JsonMapper json) {
		return properties.peers().isEmpty() ? PeerRegions.NONE
				: new PeerQueues(properties.peers(), properties.name(), json);
	}

	/** The queue that this region reads. */
	@Configuration(proxyBeanMethods = false)
	@Conditional(OnQueue.class)
	static class Receiving {

		@Bean
		SqsQueue eventSource(EventProperties properties) {
			return new SqsQueue(Objects.requireNonNull(properties.queue()));
		}

		@Bean
		QueueReceiver queueReceiver(SqsQueue queue, EventHandler handler, QueueMeters meters, JsonMapper json) {
			return new QueueReceiver(queue, new MessageWork(queue, new EventReader(json), handler, meters));
		}

		@Bean
		QueueWatch queueWatch(SqsQueue queue, QueueMeters meters) {
			return new QueueWatch(queue, meters);
		}

	}

	/** An empty name is none: templates pass it where there is no queue. */
	static final class OnQueue implements Condition {

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return StringUtils.hasText(context.getEnvironment().getProperty("image-origin.events.queue-url"));
		}

	}

}
