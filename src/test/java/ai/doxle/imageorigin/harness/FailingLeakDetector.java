package ai.doxle.imageorigin.harness;

import io.netty.util.ResourceLeakDetector;

/**
 * Ends the tests when a buffer was leaked, instead of saying so in a log that nobody
 * reads. Netty makes one per kind of resource, as
 * {@code io.netty.customResourceLeakDetector} says.
 *
 * @param <T> the kind of resource
 */
public final class FailingLeakDetector<T> extends ResourceLeakDetector<T> {

	private static final int LEAKED = 99;

	/** Lettuce loses the buffer of a connection that is refused in its greeting. */
	private static final String REFUSED_BY_REDIS = "io.lettuce.core.protocol.CommandHandler.channelRegistered";

	public FailingLeakDetector(Class<?> resourceType, int samplingInterval) {
		super(resourceType, samplingInterval);
	}

	/** Netty looks for this one, too, although it makes none with it. */
	public FailingLeakDetector(Class<?> resourceType, int samplingInterval, long maxActive) {
		this(resourceType, samplingInterval);
	}

	@Override
	protected void reportTracedLeak(String resourceType, String records) {
		super.reportTracedLeak(resourceType, records);
		if (!records.contains(REFUSED_BY_REDIS)) {
			fail(resourceType, records);
		}
	}

	@Override
	protected void reportUntracedLeak(String resourceType) {
		super.reportUntracedLeak(resourceType);
		fail(resourceType, "");
	}

	private static void fail(String resourceType, String records) {
		System.err.println("LEAK: " + resourceType + records);
		Runtime.getRuntime().halt(LEAKED);
	}

}
