package ai.doxle.imageorigin.admin.events.sqs;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The meters of the queue. They are there, at 0, without a queue, too.
 */
final class QueueMeters {

	/** Where the queue does not say how often a message may be received. */
	private static final int MAX_RECEIVES = 5;

	private final JsonMapper json;

	private final Counter deadLetters;

	private final AtomicReference<Depth> depth = new AtomicReference<>(new Depth(0, 0, MAX_RECEIVES));

	private volatile IntSupplier inHand = () -> 0;

	QueueMeters(MeterRegistry registry, JsonMapper json) {
		this.json = json;
		this.deadLetters = Counter.builder("image.origin.events.dead.letters")
			.description("Messages that this instance received for the last time and could not handle")
			.register(registry);
		Gauge.builder("image.origin.events.queue", this.depth, (latest) -> latest.get().waiting())
			.description("Messages in the queue of this region, all instances: waiting, or received and not done")
			.tag("state", "waiting")
			.register(registry);
		Gauge.builder("image.origin.events.queue", this.depth, (latest) -> latest.get().received())
			.description("Messages in the queue of this region, all instances: waiting, or received and not done")
			.tag("state", "received")
			.register(registry);
		Gauge.builder("image.origin.events.in.hand", this, (meters) -> meters.inHand.getAsInt())
			.description("Messages that this instance has received and that are not done")
			.register(registry);
	}

	void countInHand(IntSupplier messages) {
		this.inHand = messages;
	}

	/**
	 * Notes what the queue says of itself.
	 */
	void describe(Map<QueueAttributeName, String> attributes) {
		this.depth.set(new Depth(number(attributes, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES),
				number(attributes, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE),
				maxReceives(attributes.getOrDefault(QueueAttributeName.REDRIVE_POLICY, "{}"))));
	}

	private static int number(Map<QueueAttributeName, String> attributes, QueueAttributeName name) {
		return Integer.parseInt(attributes.getOrDefault(name, "0"));
	}

	private int maxReceives(String policy) {
		try {
			return this.json.readTree(policy).path("maxReceiveCount").asInt(MAX_RECEIVES);
		}
		catch (JacksonException ex) {
			return MAX_RECEIVES;
		}
	}

	/**
	 * Notes that a message was left in the queue.
	 * @param receives how often it has been received
	 */
	void left(int receives) {
		if (receives >= this.depth.get().maxReceives()) {
			this.deadLetters.increment();
		}
	}

	/**
	 * How full the queue is.
	 *
	 * @param maxReceives how often a message is received before it goes to the dead
	 * letter queue
	 */
	private record Depth(int waiting, int received, int maxReceives) {

	}

}
