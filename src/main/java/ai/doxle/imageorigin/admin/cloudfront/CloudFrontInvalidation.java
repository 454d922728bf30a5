package ai.doxle.imageorigin.admin.cloudfront;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import reactor.core.publisher.Mono;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudfront.CloudFrontAsyncClient;
import software.amazon.awssdk.services.cloudfront.CloudFrontAsyncClientBuilder;
import software.amazon.awssdk.services.cloudfront.model.CreateInvalidationRequest;

import ai.doxle.imageorigin.admin.CdnInvalidation;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Creates invalidations at one CloudFront distribution. CloudFront has accepted them when
 * they are answered; its edges forget within seconds.
 */
final class CloudFrontInvalidation implements CdnInvalidation, AutoCloseable {

	private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

	/** Retries included. */
	private static final Duration TIMEOUT = Duration.ofSeconds(15);

	private final CloudFrontAsyncClient client;

	private final String distribution;

	private final InvalidationPaths paths;

	/**
	 * @param distribution the id of the distribution
	 */
	CloudFrontInvalidation(CloudFrontProperties properties, String distribution) {
		this.client = client(properties);
		this.distribution = distribution;
		this.paths = new InvalidationPaths(properties.pathPrefix());
	}

	@Override
	public Mono<String> invalidate(ImageSelection selection) {
		return Mono.fromFuture(() -> this.client.createInvalidation(request(this.paths.of(selection))))
			.map((response) -> response.invalidation().id());
	}

	/** Every purge is an invalidation of its own, each retry of it the same one. */
	private CreateInvalidationRequest request(List<String> items) {
		return CreateInvalidationRequest.builder()
			.distributionId(this.distribution)
			.invalidationBatch((batch) -> batch.callerReference(UUID.randomUUID().toString())
				.paths((list) -> list.quantity(items.size()).items(items)))
			.build();
	}

	@Override
	public void close() {
		this.client.close();
	}

	private static CloudFrontAsyncClient client(CloudFrontProperties properties) {
		CloudFrontAsyncClientBuilder builder = CloudFrontAsyncClient.builder()
			// CloudFront is global; requests are signed for this region
			.region(Region.US_EAST_1)
			.httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(2).connectionTimeout(ATTEMPT_TIMEOUT))
			.overrideConfiguration(
					(override) -> override.apiCallTimeout(TIMEOUT).apiCallAttemptTimeout(ATTEMPT_TIMEOUT));
		if (properties.endpoint() != null) {
			builder.endpointOverride(properties.endpoint());
		}
		return builder.build();
	}

}
