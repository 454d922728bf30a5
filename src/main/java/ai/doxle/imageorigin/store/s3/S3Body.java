package ai.doxle.imageorigin.store.s3;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The answer to one GetObject: its head, and a body that can be called off.
 * <p>
 * The SDK's own {@code toPublisher()} forgets the call once the head is here; with the
 * CRT client, a cancelled body whose server hangs then keeps its connection for good.
 * This one cancels the call.
 */
final class S3Body implements AsyncResponseTransformer<GetObjectResponse, Void> {

	private final CompletableFuture<S3Body> begun = new CompletableFuture<>();

	private volatile CompletableFuture<Void> attempt = new CompletableFuture<>();

	private volatile @Nullable GetObjectResponse response;

	private volatile @Nullable SdkPublisher<ByteBuffer> bytes;

	private @Nullable CompletableFuture<Void> call;

	private S3Body() {
	}

	/**
	 * Makes a call.
	 * @param call starts the call with the transformer it is given
	 * @return the body when its head is here; cancelling it cancels the call
	 */
	@SuppressWarnings("FutureReturnValueIgnored") // whenComplete only passes the outcome
													// on
	static CompletableFuture<S3Body> open(Function<S3Body, CompletableFuture<Void>> call) {
		S3Body body = new S3Body();
		CompletableFuture<Void> running = call.apply(body);
		body.call = running;
		running.whenComplete((nothing, error) -> {
			if (error != null) {
				body.begun.completeExceptionally(error);
			}
		});
		CompletableFuture<S3Body> opened = body.begun.thenApply((begun) -> begun);
		opened.whenComplete((begun, error) -> {
			if (opened.isCancelled()) {
				running.cancel(true);
			}
		});
		return opened;
	}

	GetObjectResponse head() {
		return present(this.response);
	}

	/**
	 * The bytes, on demand. Cancelling them, or {@link #abandon}, frees the connection.
	 */
	Flux<DataBuffer> bytes() {
		return Flux.from(present(this.bytes))
			.<DataBuffer>map(DefaultDataBufferFactory.sharedInstance::wrap)
			.doOnTerminate(() -> this.attempt.complete(null))
			.doOnCancel(this::abandon);
	}

	void abandon() {
		present(this.call).cancel(true);
	}

	@Override
	public CompletableFuture<Void> prepare() {
		this.attempt = new CompletableFuture<>();
		return this.attempt;
	}

	@Override
	public void onResponse(GetObjectResponse answer) {
		this.response = answer;
	}

	@Override
	public void onStream(SdkPublisher<ByteBuffer> publisher) {
		this.bytes = publisher;
		this.begun.complete(this);
	}

	/** Once the body has begun, failing the attempt would have the SDK read it again. */
	@Override
	public void exceptionOccurred(Throwable error) {
		if (this.begun.isDone()) {
			this.attempt.complete(null);
		}
		else {
			this.attempt.completeExceptionally(error);
		}
	}

	private static <T> T present(@Nullable T value) {
		if (value == null) {
			throw new IllegalStateException("the body has not begun");
		}
		return value;
	}

}
