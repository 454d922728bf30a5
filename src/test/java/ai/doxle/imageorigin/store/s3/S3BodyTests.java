package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the SDK says about the attempts of one call, in orders that are rare on a network.
 */
class S3BodyTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final IOException closed = new IOException("closed");

	private final CompletableFuture<Void> call = new CompletableFuture<>();

	private final S3Body body = S3Body.request(true, (transformer) -> this.call);

	private CompletableFuture<Void> attempt = new CompletableFuture<>();

	private final TestPublisher<ByteBuffer> stream = TestPublisher.create();

	private final TestPublisher<ByteBuffer> another = TestPublisher.create();

	@Test
	void isReadFromTheAttemptThatBegan() {
		startAttempt();
		this.body.exceptionOccurred(failed());
		assertThat(this.attempt).isCompletedExceptionally();
		startAttempt();
		begin("second", this.stream);
		assertIsRead("second");
		assertThat(this.attempt).isCompleted();
	}

	@Test
	void anErrorOfTheAttemptBeforeFailsNothing() {
		startAttempt();
		this.body.exceptionOccurred(failed());
		startAttempt();
		this.body.exceptionOccurred(this.closed);
		assertThat(this.attempt).isNotDone();
		begin("second", this.stream);
		this.body.exceptionOccurred(this.closed);
		assertIsRead("second");
	}

	@Test
	void anErrorOfTheFirstAttemptDoesNotFailTheThird() {
		startAttempt();
		this.body.exceptionOccurred(failed());
		startAttempt();
		this.body.exceptionOccurred(SdkClientException.create("again", new IOException("closed again")));
		startAttempt();
		this.body.exceptionOccurred(this.closed);
		begin("third", this.stream);
		assertIsRead("third");
	}

	@Test
	void anErrorOfTheAttemptThatBeganBreaksTheBody() {
		startAttempt();
		this.body.exceptionOccurred(failed());
		startAttempt();
		begin("second", this.stream);
		StepVerifier.create(this.body.bytes(1))
			.then(() -> this.body.exceptionOccurred(new IOException("closed again")))
			.expectErrorMessage("closed again")
			.verify(TIMEOUT);
	}

	@Test
	void anAttemptAfterTheBeginningIsLeft() {
		startAttempt();
		begin("first", this.stream);
		startAttempt();
		begin("second", this.another);
		this.another.assertCancelled();
		assertThat(this.call).isCancelled();
		assertIsRead("first");
	}

	@Test
	void aBodyThatWasDisposedOfIsLeft() {
		startAttempt();
		this.body.dispose();
		begin("first", this.stream);
		this.stream.assertCancelled();
		assertThat(this.call).isCancelled();
	}

	private void startAttempt() {
		this.attempt = this.body.prepare();
	}

	private void begin(String tag, TestPublisher<ByteBuffer> bytes) {
		this.body.onResponse(GetObjectResponse.builder().eTag(tag).build());
		this.body.onStream(SdkPublisher.adapt(bytes));
	}

	private void assertIsRead(String tag) {
		assertThat(this.body.head().eTag()).isEqualTo(tag);
		StepVerifier.create(this.body.bytes(1).map(DataBuffer::readableByteCount))
			.then(() -> this.stream.next(ByteBuffer.allocate(3)).complete())
			.expectNext(3)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private SdkClientException failed() {
		return SdkClientException.create("Unable to execute HTTP request", this.closed);
	}

}
