package ai.doxle.imageorigin.access;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

import ai.doxle.imageorigin.access.keys.InvalidTokenConfigurationException;
import ai.doxle.imageorigin.access.keys.KeyRefresher;
import ai.doxle.imageorigin.access.keys.SignatureKeySelector;
import ai.doxle.imageorigin.access.keys.SignatureVerifiers;
import ai.doxle.imageorigin.access.keys.Signatures;
import ai.doxle.imageorigin.access.keys.TokenKeys;

/**
 * Builds the decoder of bearer tokens.
 */
final class TokenDecoders {

	private TokenDecoders() {
	}

	/**
	 * @param algorithms names of the accepted signature algorithms; none: all that there
	 * are
	 * @param withdrawals counts how often keys have left the issuer's set
	 * @param refresher where the issuer's keys are fetched again before they are needed
	 */
	static JwtDecoder of(OAuth2ResourceServerProperties.Jwt jwt, Collection<String> algorithms,
			AtomicInteger withdrawals, KeyRefresher refresher) {
		NimbusJwtDecoder decoder = new NimbusJwtDecoder(
				processor(TokenKeys.of(jwt, withdrawals, refresher), algorithms(algorithms)));
		decoder.setJwtValidator(validator(jwt));
		return decoder;
	}

	private static DefaultJWTProcessor<SecurityContext> processor(JWKSource<SecurityContext> keys,
			Set<JWSAlgorithm> algorithms) {
		DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
		processor.setJWSTypeVerifier(types());
		processor.setJWSKeySelector(new SignatureKeySelector(algorithms, keys));
		processor.setJWSVerifierFactory(new SignatureVerifiers());
		processor.setJWTClaimsSetVerifier((claims, context) -> {
			// Spring's validators do it, with one clock skew for all
		});
		return processor;
	}

	/**
	 * What {@code typ} may say, if anything, in any case; {@code application/} may be
	 * left out (RFC 7515 section 4.1.9, RFC 9068 section 4).
	 */
	private static JOSEObjectTypeVerifier<SecurityContext> types() {
		return new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("application/jwt"),
				new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null);
	}

	private static Set<JWSAlgorithm> algorithms(Collection<String> names) {
		if (names.isEmpty()) {
			return Signatures.ALGORITHMS;
		}
		Set<JWSAlgorithm> algorithms = new LinkedHashSet<>();
		names.forEach((name) -> algorithms.add(JWSAlgorithm.parse(name)));
		if (!Signatures.ALGORITHMS.containsAll(algorithms)) {
			throw new InvalidTokenConfigurationException(
					"spring.security.oauth2.resourceserver.jwt.jws-algorithms may hold " + Signatures.ALGORITHMS
							+ " only, not " + names);
		}
		return algorithms;
	}

	private static OAuth2TokenValidator<Jwt> validator(OAuth2ResourceServerProperties.Jwt jwt) {
		List<OAuth2TokenValidator<Jwt>> validators = new ArrayList<>();
		validators.add(new JwtTimestampValidator(TokenVerifier.CLOCK_SKEW));
		if (jwt.getIssuerUri() != null) {
			validators.add(new JwtIssuerValidator(jwt.getIssuerUri()));
		}
		if (!jwt.getAudiences().isEmpty()) {
			validators.add(audienceValidator(jwt.getAudiences()));
		}
		return new DelegatingOAuth2TokenValidator<>(validators);
	}

	private static OAuth2TokenValidator<Jwt> audienceValidator(List<String> audiences) {
		return new JwtClaimValidator<Collection<String>>(JwtClaimNames.AUD,
				(claimed) -> claimed != null && !Collections.disjoint(claimed, audiences));
	}

}
