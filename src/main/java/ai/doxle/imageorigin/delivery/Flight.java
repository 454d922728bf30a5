package ai.doxle.imageorigin.delivery;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import ai.doxle.imageorigin.image.ImageKey;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One load of one image, which everybody joins who wants the image meanwhile. It belongs
 * to none of them: a reader that leaves does not end it.
 */
final class Flight {

	private final ImageKey key;

	private final Consumer<Flight> whenOver;

	private final CompletableFuture<Boarding> boarding = new CompletableFuture<>();

	private final CompletableFuture<Boolean> landing = new CompletableFuture<>();

	private volatile boolean purged;

	/**
	 * @param key what is loaded
	 * @param whenOver takes the flight off the board, so that who comes later starts
	 * another
	 */
	Flight(ImageKey key, Consumer<Flight> whenOver) {
		this.key = key;
		this.whenOver = whenOver;
	}

	ImageKey key() {
		return this.key;
	}

	/** How it begins: for each who asks; cancelling has no effect on the flight. */
	Mono<Boarding> boarding() {
		return Mono.fromFuture(this.boarding, true);
	}

	/** Tells somebody how it begins, before it goes on. */
	@SuppressWarnings("FutureReturnValueIgnored")
	void tell(MonoSink<Boarding> passenger) {
		this.boarding.whenComplete((how, failure) -> {
			if (how != null) {
				passenger.success(how);
			}
			else {
				passenger.error(failure);
			}
		});
	}

	/** Whether the whole image has come into memory, as soon as that is known. */
	Mono<Boolean> landing() {
		return Mono.fromFuture(this.landing, true);
	}

	void begin(Boarding how) {
		if (how instanceof Boarding.Gathering gathering) {
			this.boarding.complete(how);
			gathering.filling().run();
			return;
		}
		end(how instanceof Boarding.Landed);
		this.boarding.complete(how);
		if (how instanceof Boarding.PassingThrough passing) {
			passing.abandonUntaken();
		}
	}

	void fail(Throwable cause) {
		end(false);
		this.boarding.completeExceptionally(cause);
	}

	/**
	 * Is over.
	 * @param complete whether the whole image has come into memory
	 */
	void end(boolean complete) {
		this.whenOver.accept(this);
		this.landing.complete(complete);
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
