package ai.doxle.imageorigin.store.s3;

import java.util.concurrent.CompletableFuture;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

/**
 * Fetches the first credentials on a thread that may wait. Who asks is an event loop, and
 * a metadata service that does not answer takes seconds to fail; all who ask meanwhile
 * share one attempt. Once there are some, the provider has them at hand.
 */
final class FirstCredentials implements IdentityProvider<AwsCredentialsIdentity> {

	private final AwsCredentialsProvider provider;

	private final Mono<AwsCredentialsIdentity> first;

	private volatile boolean fetched;

	/**
	 * @param provider what waits for the first ones, and renews them by itself
	 */
	FirstCredentials(AwsCredentialsProvider provider) {
		this.provider = provider;
		this.first = Mono.<AwsCredentialsIdentity>fromCallable(provider::resolveCredentials)
			.doOnNext((credentials) -> this.fetched = true)
			.subscribeOn(Schedulers.boundedElastic())
			.cacheInvalidateIf((credentials) -> true);
	}

	@Override
	public Class<AwsCredentialsIdentity> identityType() {
		return AwsCredentialsIdentity.class;
	}

	@Override
	public CompletableFuture<? extends AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
		return this.fetched ? this.provider.resolveIdentity(request) : this.first.toFuture();
	}

}
