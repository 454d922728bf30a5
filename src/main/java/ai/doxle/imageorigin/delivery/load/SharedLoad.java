package ai.doxle.imageorigin.delivery.load;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * One load of one image, which all requests for the image join meanwhile. It belongs to
 * none of them: a reader that leaves does not end it. What is open for it is given back
 * when it ends, however it does.
 */
public final class SharedLoad {

	/** Longer than anything that a load waits for. */
	private static final Duration STALLED = Duration.ofMinutes(2);

	private final ImageKey key;

	private final Consumer<SharedLoad> whenOver;

	private final ResourceScope scope = ResourceScope.ofLoad();

	private final Sinks.One<LoadStart> start = Sinks.one();

	private final Sinks.One<Boolean> completion = Sinks.one();

	private volatile @Nullable CachedImage image;

	private volatile boolean purged;

	/** How far it had come when it was looked at, and since when. */
	private int progress = -1;

	private long since;

	/**
	 * @param key what is loaded
	 * @param whenOver removes the load from those under way, so that a later request
	 * starts another
	 */
	public SharedLoad(ImageKey key, Consumer<SharedLoad> whenOver) {
		this.key = key;
		this.whenOver = whenOver;
	}

	ImageKey key() {
		return this.key;
	}

	/** Owns what is open for it. */
	public ResourceScope scope() {
		return this.scope;
	}

	/** How it begins: for each who asks; cancelling has no effect on the load. */
	public Mono<LoadStart> start() {
		return this.start.asMono();
	}

	/** Whether the whole image has come into memory, as soon as that is known. */
	public Mono<Boolean> completion() {
		return this.completion.asMono();
	}

	/**
	 * Begins.
	 * @param starter owns what is open if the image is not buffered
	 */
	void begin(LoadStart how, ResourceScope starter) {
		switch (how) {
			case LoadStart.Buffering buffering -> {
				this.image = buffering.image();
				this.start.tryEmitValue(how);
				buffering.filling().run();
			}
			case LoadStart.PassThrough passing -> {
				this.scope.handOver();
				this.scope.own(passing::abandonUntaken);
				starter.own(this.scope);
				over(false);
				this.start.tryEmitValue(how);
			}
			default -> {
				end(how instanceof LoadStart.AlreadyCached);
				this.start.tryEmitValue(how);
			}
		}
	}

	void fail(Throwable cause) {
		end(false);
		this.start.tryEmitError(cause);
	}

	/**
	 * Is over.
	 * @param complete whether the whole image has come into memory
	 */
	void end(boolean complete) {
		over(complete);
		this.scope.dispose();
	}

	private void over(boolean complete) {
		this.whenOver.accept(this);
		this.completion.tryEmitValue(complete);
	}

	/**
	 * Ends it if it has made no progress for two minutes, which nothing that it waits for
	 * may take: whatever it was that should have ended it has not.
	 * @param now the present, in nanoseconds
	 * @return whether it was ended
	 */
	boolean endIfStalled(long now) {
		CachedImage loading = this.image;
		int filled = (loading != null) ? loading.bytes().filled() : 0;
		if (filled != this.progress) {
			this.progress = filled;
			this.since = now;
		}
		boolean stalled = now - this.since > STALLED.toNanos();
		if (stalled) {
			giveUp(new ImageFailure.TimedOut("the load of " + this.key + " has made no progress", null), loading);
		}
		return stalled;
	}

	private void giveUp(ImageFailure failure, @Nullable CachedImage loading) {
		if (loading != null) {
			loading.bytes().fail(failure);
		}
		fail(failure);
	}

	/** Keeps what it loads out of the tiers; those who have joined are still served. */
	void purge() {
		this.purged = true;
		this.whenOver.accept(this);
	}

	boolean isPurged() {
		return this.purged;
	}

}
