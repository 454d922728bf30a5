package ai.doxle.imageorigin.session;

import java.security.PrivateKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import software.amazon.awssdk.services.cloudfront.CloudFrontUtilities;
import software.amazon.awssdk.services.cloudfront.cookie.CookiesForCustomPolicy;
import software.amazon.awssdk.services.cloudfront.utils.SigningHashAlgorithm;

import ai.doxle.imageorigin.access.viewer.key.ViewerKey;

/**
 * Signs policies, by the AWS SDK.
 */
final class CookieSigner {

	private final CloudFrontUtilities utilities = CloudFrontUtilities.create();

	private final String keyId;

	private final PrivateKey privateKey;

	/**
	 * @param key a key that can sign
	 */
	CookieSigner(ViewerKey key) {
		this.keyId = key.id();
		this.privateKey = Objects.requireNonNull(key.privateKey());
	}

	/**
	 * Signs a policy.
	 * @param resource the URLs that it allows
	 * @param expires when it expires, in whole seconds
	 * @return policy, signature and key id, each as {@code name=value}
	 */
	List<String> sign(String resource, Instant expires) {
		CookiesForCustomPolicy cookies = this.utilities
			.getCookiesForCustomPolicy((request) -> request.resourceUrl(resource)
				.privateKey(this.privateKey)
				.keyPairId(this.keyId)
				.expirationDate(expires)
				.hashAlgorithm(SigningHashAlgorithm.SHA256));
		return List.of(cookies.policyHeaderValue(), cookies.signatureHeaderValue(), cookies.keyPairIdHeaderValue());
	}

}
