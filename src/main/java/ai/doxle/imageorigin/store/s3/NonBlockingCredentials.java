package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.useragent.BusinessMetricFeatureId;

/**
 * Has questions to S3 wait for credentials elsewhere. The AWS SDK waits for them on the
 * thread that asks, which is an event loop, and a metadata service that does not answer
 * takes seconds to fail. All who ask meanwhile share one attempt; while the provider has
 * some at hand, nobody waits.
 */
final class NonBlockingCredentials {

	private static final Logger logger = LoggerFactory.getLogger(NonBlockingCredentials.class);

	/** By then the provider has renewed them, if it can. */
	private static final Duration MARGIN = Duration.ofMinutes(1);

	private final Mono<AwsCredentials> attempt;

	private volatile Instant atHandUntil = Instant.MIN;

	/** Who gave those at hand. */
	private volatile String provider = "";

	/**
	 * @param provider keeps what it has found, and renews it
	 */
	NonBlockingCredentials(AwsCredentialsProvider provider) {
		this.attempt = Mono.fromCallable(provider::resolveCredentials)
			.doOnNext(this::found)
			.subscribeOn(Schedulers.boundedElastic())
			.cacheInvalidateIf((found) -> true);
	}

	/**
	 * Asks for credentials at once, and logs who gives them, or why nobody does.
	 */
	Disposable announce() {
		return this.attempt.subscribe((found) -> {
		}, (failure) -> logger.warn("There are no AWS credentials yet: {}", failure.getMessage()));
	}

	private void found(AwsCredentials credentials) {
		this.atHandUntil = credentials.expirationTime().map((end) -> end.minus(MARGIN)).orElse(Instant.MAX);
		String from = credentials.providerName().map(NonBlockingCredentials::names).orElse("an unnamed provider");
		if (!from.equals(this.provider)) {
			this.provider = from;
			logger.info("AWS credentials come from {}, {}", from,
					credentials.expirationTime().map((end) -> "valid until " + end).orElse("without an end"));
		}
	}

	/** The SDK names providers by its codes for statistics, such as {@code h,k}. */
	private static String names(String codes) {
		return Arrays.stream(codes.split(",")).map(NonBlockingCredentials::name).collect(Collectors.joining(", "));
	}

	private static String name(String code) {
		return Arrays.stream(BusinessMetricFeatureId.values())
			.filter((provider) -> code.equals(provider.value()))
			.map((provider) -> provider.name().replace("CREDENTIALS_", ""))
			.findAny()
			.orElse(code);
	}

	/**
	 * A question, asked when there are credentials.
	 * @return its answer; fails as the provider does
	 */
	<T> Mono<T> before(Mono<T> question) {
		return Mono.defer(() -> Instant.now().isBefore(this.atHandUntil) ? question : this.attempt.then(question));
	}

}
