package ai.doxle.imageorigin.store.s3;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import io.netty.handler.codec.http.HttpObjectDecoder;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoredImage;
import ai.doxle.imageorigin.store.s3.HedgedCall.Attempt;
import ai.doxle.imageorigin.store.s3.client.S3Clients;
import ai.doxle.imageorigin.store.s3.response.InvalidS3ResponseException;
import ai.doxle.imageorigin.store.s3.response.S3Failures;
import ai.doxle.imageorigin.store.s3.response.S3Heads;

/**
 * The images of one bucket.
 */
final class S3ImageStore implements ImageStore {

	/** Netty's HTTP codec cuts bodies into pieces of that many bytes. */
	private static final int PIECE = HttpObjectDecoder.DEFAULT_MAX_CHUNK_SIZE;

	/** A call is repeated after that part of the first-byte time-out. */
	private static final int HEDGED_AFTER = 3;

	/** That part of the connections may be used for repeated calls. */
	private static final int HEDGED_SHARE = 16;

	private final S3Clients clients;

	private final NonBlockingCredentials credentials;

	private final String bucket;

	private final Duration firstByteTimeout;

	private final Duration idleTimeout;

	/** How many pieces of a body are read ahead of its reader. */
	private final int ahead;

	private final S3Failures failures;

	private final S3Calls calls;

	private final HedgedCall hedged;

	private final BucketPresence presence;

	private final AtomicInteger openBodies = new AtomicInteger();

	/**
	 * @param clients talk to the bucket's endpoint; their retries end with the head
	 * @param credentials the clients'
	 * @param bucket the bucket's name
	 * @param properties time-outs, and how much of a body is read ahead of its reader
	 * @param executor where calls are repeated
	 */
	S3ImageStore(S3Clients clients, NonBlockingCredentials credentials, String bucket, StoreProperties properties,
			Executor executor) {
		this.clients = clients;
		this.credentials = credentials;
		this.bucket = bucket;
		this.firstByteTimeout = properties.firstByteTimeout();
		this.idleTimeout = properties.idleTimeout();
		this.ahead = Math.max(1, (int) properties.readBufferSize().toBytes() / PIECE);
		this.failures = new S3Failures(bucket, Clock.systemUTC());
		this.calls = new S3Calls(clients);
		this.hedged = new HedgedCall(properties.firstByteTimeout().dividedBy(HEDGED_AFTER),
				Math.max(1, properties.maxConnections() / HEDGED_SHARE), S3Failures::isOfObject, Schedulers.parallel(),
				executor);
		this.presence = new BucketPresence(clients.heads(), bucket);
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return response(key, (attempt) -> Mono
			.fromFuture(
					() -> this.clients.heads().headObject((request) -> request.bucket(this.bucket).key(key.value())))
			.map((response) -> S3Heads.of(response))
			// the code it comes with is the SDK's own guess
			.onErrorResume(NoSuchKeyException.class, (absence) -> absent(key)));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return response(key, (attempt) -> get(key, attempt, (request) -> {
		}).map((body) -> stored(key, body, S3Heads::of, null)));
	}

	/**
	 * A weak tag never matches a condition (RFC 9110 section 13.1.1), and some servers
	 * refuse one that holds: then the range is asked for without it, and its tag compared
	 * here.
	 */
	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return response(key, (attempt) -> {
			Mono<StoredImage> compared = part(key, attempt, span, version, false);
			return version.weak() ? compared : part(key, attempt, span, version, true)
				.onErrorResume(S3Failures::isConditionFailed, (refused) -> compared);
		});
	}

	private Mono<StoredImage> part(ImageKey key, Attempt attempt, ByteSpan span, ETag version, boolean conditional) {
		return get(key, attempt,
				(request) -> request.range("bytes=" + span).ifMatch(conditional ? version.toString() : null))
			.map((body) -> stored(key, body, (head) -> S3Heads.ofPart(head, span, version, conditional), span));
	}

	private Mono<S3Body> get(ImageKey key, Attempt attempt, Consumer<GetObjectRequest.Builder> details) {
		return Mono.deferContextual((context) -> {
			ResourceScope scope = ResourceScope.in(context);
			return scope.isDisposed() ? Mono.error(this.failures.abandoned(key))
					: this.calls.open(request(key, details), attempt, scope);
		});
	}

	private GetObjectRequest request(ImageKey key, Consumer<GetObjectRequest.Builder> details) {
		return GetObjectRequest.builder().bucket(this.bucket).key(key.value()).applyMutation(details).build();
	}

	private <T> Mono<T> response(ImageKey key, Function<Attempt, Mono<T>> question) {
		return this.credentials.before(this.hedged.of(question))
			.onErrorResume(S3Failures::mayBeOfBucket, (absence) -> absent(key))
			.timeout(this.firstByteTimeout)
			.onErrorResume((error) -> this.failures.orAbsent(key, error));
	}

	private <T> Mono<T> absent(ImageKey key) {
		return this.presence.isAbsent()
			.flatMap((absent) -> absent ? Mono.error(this.failures.noBucket(key)) : Mono.empty());
	}

	private StoredImage stored(ImageKey key, S3Body body, Function<GetObjectResponse, ImageHead> reader,
			@Nullable ByteSpan span) {
		try {
			ImageHead head = reader.apply(body.head());
			Flux<DataBuffer> bytes = counted(body.bytes(this.ahead))
				.onErrorMap((error) -> this.failures.of(key, error));
			long length = (span != null) ? span.length() : head.length();
			StoredImage image = new StoredImage(head, exactly(length, key, patiently(key, bytes)));
			return body.gathered() ? image.forMemory() : image;
		}
		catch (ImageFailure | InvalidS3ResponseException failure) {
			body.dispose();
			throw failure;
		}
	}

	/** How many bodies are being read, each over a connection of its own. */
	int openBodies() {
		return this.openBodies.get();
	}

	private Flux<DataBuffer> counted(Flux<DataBuffer> body) {
		return body.doOnSubscribe((subscription) -> this.openBodies.incrementAndGet())
			.doFinally((end) -> this.openBodies.decrementAndGet());
	}

	private Flux<DataBuffer> patiently(ImageKey key, Flux<DataBuffer> body) {
		return new IdleTimeout<>(body, this.idleTimeout, Schedulers.parallel(), () -> this.failures.idle(key));
	}

	private Flux<DataBuffer> exactly(long length, ImageKey key, Flux<DataBuffer> body) {
		return new ExactLength(body, length, () -> this.failures.wrongLength(key));
	}

}
