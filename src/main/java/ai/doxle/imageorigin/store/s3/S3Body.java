package ai.doxle.imageorigin.store.s3;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The response to one GetObject: its head, and a body for one reader. Whatever state it
 * is in, disposing of it ends the call and frees the connection.
 * <p>
 * The SDK's own {@code toPublisher()} forgets the call once the head is here. This one
 * cancels it with the body, even if the server hangs.
 */
final class S3Body implements AsyncResponseTransformer<GetObjectResponse, Void>, Disposable {

	/** How long a cancelled call goes on. */
	private static final Duration GRACE = Duration.ofMillis(500);

	private final CompletableFuture<S3Body> begun = new CompletableFuture<>();

	private final CompletableFuture<Void> broken = new CompletableFuture<>();

	private volatile CompletableFuture<Void> attempt = new CompletableFuture<>();

	private volatile @Nullable GetObjectResponse response;

	private volatile @Nullable SdkPublisher<ByteBuffer> bytes;

	/** What the SDK has said, and what caused it. */
	private final Set<Throwable> errors = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean taken = new AtomicBoolean();

	/** To the bytes: what breaks the body does not cancel it. */
	private final Disposable.Swap subscription = Disposables.swap();

	private volatile @Nullable CompletableFuture<Void> call;

	private final boolean gathered;

	private S3Body(boolean gathered) {
		this.gathered = gathered;
	}

	/**
	 * Makes a call.
	 * @param gathered whether the body must not wait for a client
	 * @param call starts the call with the transformer it is given
	 * @return the body, which may not have begun
	 */
	@SuppressWarnings("FutureReturnValueIgnored") // it only passes the outcome on
	static S3Body request(boolean gathered, Function<S3Body, CompletableFuture<Void>> call) {
		S3Body body = new S3Body(gathered);
		CompletableFuture<Void> running = call.apply(body);
		body.call = running;
		running.whenComplete((nothing, error) -> {
			if (error != null) {
				body.begun.completeExceptionally(error);
			}
		});
		return body;
	}

	/** The body when its head is here; cancelling it disposes of the body. */
	@SuppressWarnings("FutureReturnValueIgnored") // it only passes the outcome on
	CompletableFuture<S3Body> begun() {
		CompletableFuture<S3Body> opened = this.begun.thenApply((begun) -> begun);
		opened.whenComplete((begun, error) -> {
			if (opened.isCancelled()) {
				dispose();
			}
		});
		return opened;
	}

	@Override
	public void dispose() {
		// every body is disposed of in the end, most of them without need of an exception
		if (!this.begun.isDone() && this.begun.completeExceptionally(new CancellationException())) {
			cancelUnlessItBegins(present(this.call));
		}
		else if (!this.begun.isCompletedExceptionally()) {
			abandon();
			breakOff();
		}
	}

	/** Ends a body that is being read; one that was read to its end is over. */
	private void breakOff() {
		if (!this.attempt.isDone()) {
			this.broken.completeExceptionally(new CancellationException());
			this.subscription.dispose();
		}
	}

	/**
	 * A call that is cancelled just as its head comes loses what the SDK has read of its
	 * body; so one that begins soon is abandoned then.
	 */
	@SuppressWarnings("FutureReturnValueIgnored") // the outcome is not waited for
	private static void cancelUnlessItBegins(CompletableFuture<Void> call) {
		Disposable timer = Schedulers.parallel()
			.schedule(() -> call.cancel(true), GRACE.toMillis(), TimeUnit.MILLISECONDS);
		call.whenComplete((nothing, error) -> timer.dispose());
	}

	/** Whether it must not wait for a client. */
	boolean gathered() {
		return this.gathered;
	}

	GetObjectResponse head() {
		return present(this.response);
	}

	/**
	 * The bytes, on demand, for one reader. Cancelling them frees the connection and what
	 * has been read ahead.
	 * @param ahead how many pieces are read ahead: asking for each would cost two changes
	 * of thread
	 */
	Flux<DataBuffer> bytes(int ahead) {
		return Flux.defer(() -> this.taken.compareAndSet(false, true) ? read(ahead)
				: Flux.error(new IllegalStateException("the body has a reader, or was abandoned")));
	}

	private Flux<DataBuffer> read(int ahead) {
		return Flux.from(present(this.bytes))
			.doOnSubscribe((subscription) -> this.subscription.update(subscription::cancel))
			// first of all, since the call must not be cancelled before the publisher has
			// its subscriber: it would lose what it has read ahead
			.doOnCancel(this::callOff)
			.onErrorResume(this::fail)
			.takeUntilOther(Mono.fromFuture(this.broken, true))
			.<DataBuffer>map(DefaultDataBufferFactory.sharedInstance::wrap)
			.doOnTerminate(() -> this.attempt.complete(null))
			.limitRate(ahead, 0);
	}

	/** What a call says after that is of no interest. */
	private void callOff() {
		this.broken.complete(null);
		present(this.call).cancel(true);
	}

	/**
	 * The call and the publisher both say what broke the body, in any order; where the
	 * server ends it early, only the call does.
	 */
	private <T> Flux<T> fail(Throwable error) {
		this.broken.completeExceptionally(error);
		return Flux.never();
	}

	/** Frees what belongs to a body that is not read. */
	private void abandon() {
		if (this.taken.compareAndSet(false, true)) {
			read(1).subscribe().dispose();
		}
	}

	@Override
	public CompletableFuture<Void> prepare() {
		this.attempt = new CompletableFuture<>();
		return this.attempt;
	}

	@Override
	public void onResponse(GetObjectResponse head) {
		if (!this.begun.isDone()) {
			this.response = head;
		}
	}

	/**
	 * Nobody waits for it if the body was disposed of, or has begun in an attempt before.
	 */
	@Override
	public void onStream(SdkPublisher<ByteBuffer> publisher) {
		if (this.bytes == null) {
			this.bytes = publisher;
		}
		if (!this.begun.complete(this)) {
			leave(publisher);
		}
	}

	/** A stream without a subscriber would keep its connection. */
	private void leave(SdkPublisher<ByteBuffer> publisher) {
		Flux.from(publisher).onErrorComplete().subscribe().dispose();
		present(this.call).cancel(true);
	}

	/** Once the body has begun, failing the attempt would have the SDK read it again. */
	@Override
	public void exceptionOccurred(Throwable error) {
		if (isSaidAgain(error)) {
			return;
		}
		if (this.begun.isDone()) {
			this.attempt.complete(null);
			this.broken.completeExceptionally(error);
		}
		else {
			this.attempt.completeExceptionally(error);
		}
	}

	/**
	 * The SDK says first that an attempt failed, then why, and may have started the next
	 * one between the two.
	 */
	private boolean isSaidAgain(Throwable error) {
		boolean again = this.errors.contains(error);
		for (Throwable cause = error; cause != null && this.errors.add(cause);) {
			cause = cause.getCause();
		}
		return again;
	}

	private static <T> T present(@Nullable T value) {
		if (value == null) {
			throw new IllegalStateException("the body has not begun");
		}
		return value;
	}

}
