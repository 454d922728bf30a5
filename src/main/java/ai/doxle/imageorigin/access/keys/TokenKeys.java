package ai.doxle.imageorigin.access.keys;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.core.io.Resource;
import org.springframework.security.converter.RsaKeyConverters;

/**
 * Where the keys come from that verify tokens: a JWK set, an issuer or a public key, as
 * {@code spring.security.oauth2.resourceserver.jwt.*} says.
 */
public final class TokenKeys {

	public static final String PREFIX = "spring.security.oauth2.resourceserver.jwt.";

	private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(2);

	private static final int MAX_BYTES = 512 * 1024;

	/**
	 * How long fetched keys are used before they are fetched again. Together with the
	 * time that a verified token is remembered, it bounds how long a withdrawn key's
	 * tokens are good.
	 */
	public static final Duration FRESH = Duration.ofSeconds(150);

	/** How long a caller waits for a fetch under way. */
	private static final Duration WAIT = FETCH_TIMEOUT.multipliedBy(3);

	private TokenKeys() {
	}

	/** Whether the configuration names any source of keys. */
	public static boolean areNamed(OAuth2ResourceServerProperties.Jwt jwt) {
		return jwt.getJwkSetUri() != null || jwt.getPublicKeyLocation() != null || jwt.getIssuerUri() != null;
	}

	/**
	 * Makes the source of keys that the configuration names.
	 * @param withdrawals counts how often keys have left the set
	 * @param refresher where keys are fetched again before they are needed
	 */
	public static JWKSource<SecurityContext> of(OAuth2ResourceServerProperties.Jwt jwt, AtomicInteger withdrawals,
			KeyRefresher refresher) {
		ResourceRetriever retriever = new DefaultResourceRetriever((int) FETCH_TIMEOUT.toMillis(),
				(int) FETCH_TIMEOUT.toMillis(), MAX_BYTES);
		if (jwt.getJwkSetUri() != null) {
			return remembered(new FetchedKeys(jwkSet(jwt.getJwkSetUri()), retriever, withdrawals), refresher);
		}
		if (jwt.getPublicKeyLocation() != null) {
			return publicKey(jwt.getPublicKeyLocation());
		}
		if (jwt.getIssuerUri() != null) {
			return remembered(new FetchedKeys(issuer(jwt.getIssuerUri(), retriever), retriever, withdrawals),
					refresher);
		}
		throw new InvalidTokenConfigurationException(
				"no keys to verify tokens with: set " + PREFIX + "issuer-uri, " + PREFIX + "jwk-set-uri or " + PREFIX
						+ "public-key-location, or image-origin.access.mode=open to need no token");
	}

	/**
	 * Keys outlive an outage of their server; an unknown key id has them fetched again,
	 * at most twice in half a minute whatever is asked.
	 */
	private static JWKSource<SecurityContext> remembered(FetchedKeys fetched, KeyRefresher refresher) {
		JWKSource<SecurityContext> keys = JWKSourceBuilder.create(fetched)
			.cache(FRESH.toMillis(), WAIT.toMillis())
			.refreshAheadCache(JWKSourceBuilder.DEFAULT_REFRESH_AHEAD_TIME, null, refresher.executor(), false,
					refresher.executor(), false)
			.rateLimited(JWKSourceBuilder.DEFAULT_RATE_LIMIT_MIN_INTERVAL)
			.outageTolerantForever()
			.build();
		return (selector, context) -> select(keys, fetched, selector, context);
	}

	/** A key that is too often asked for is unknown, unless no key is known at all. */
	private static List<JWK> select(JWKSource<SecurityContext> keys, FetchedKeys fetched, JWKSelector selector,
			@Nullable SecurityContext context) throws KeySourceException {
		try {
			return keys.get(selector, context);
		}
		catch (RateLimitReachedException ex) {
			if (fetched.isEmpty()) {
				throw ex;
			}
			return List.of();
		}
	}

	private static JwkSetLocation jwkSet(String uri) {
		return JwkSetLocation.of(url("jwk-set-uri", uri));
	}

	private static JwkSetLocation issuer(String uri, ResourceRetriever retriever) {
		return new IssuerMetadata(url("issuer-uri", uri).toString(), retriever);
	}

	private static URI url(String property, String value) {
		try {
			URI url = URI.create(value);
			url.toURL();
			return url;
		}
		catch (MalformedURLException | IllegalArgumentException ex) {
			throw new InvalidTokenConfigurationException(
					PREFIX + property + " must be a URL such as https://issuer.example, not '" + value + "'");
		}
	}

	/** A PEM file has no key id, so that it verifies tokens with any. */
	private static JWKSource<SecurityContext> nameless(JWKSet keys) {
		return (selector, context) -> new JWKSelector(
				new JWKMatcher.Builder(selector.getMatcher()).keyIDs((Set<String>) null).build())
			.select(keys);
	}

	private static JWKSource<SecurityContext> publicKey(Resource location) {
		try {
			RSAPublicKey key = RsaKeyConverters.x509().convert(location.getInputStream());
			if (key == null) {
				throw new IllegalArgumentException("it is empty");
			}
			return nameless(new JWKSet(new RSAKey.Builder(key).build()));
		}
		catch (IOException | IllegalArgumentException ex) {
			throw new InvalidTokenConfigurationException(
					PREFIX + "public-key-location must be an RSA public key in PEM (X.509) " + "form; " + location
							+ ": " + ex.getMessage());
		}
	}

}
