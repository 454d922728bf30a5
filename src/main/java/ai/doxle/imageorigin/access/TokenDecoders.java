package ai.doxle.imageorigin.access;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
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

/**
 * Builds the decoder of bearer tokens: asymmetric signatures only, so that nobody can
 * sign with a public key as if it were a secret (RFC 8725 section 3.1).
 */
final class TokenDecoders {

	private TokenDecoders() {
	}

	static JwtDecoder of(OAuth2ResourceServerProperties.Jwt jwt, Collection<String> algorithms) {
		NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor(TokenKeys.of(jwt), algorithms(algorithms)));
		decoder.setJwtValidator(validator(jwt));
		return decoder;
	}

	private static DefaultJWTProcessor<SecurityContext> processor(JWKSource<SecurityContext> keys,
			Set<JWSAlgorithm> algorithms) {
		DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
		processor.setJWSTypeVerifier(
				new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
		processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, keys));
		processor.setJWTClaimsSetVerifier((claims, context) -> {
			// Spring's validators do it, with one clock skew for all
		});
		return processor;
	}

	private static Set<JWSAlgorithm> algorithms(Collection<String> names) {
		if (names.isEmpty()) {
			return JWSAlgorithm.Family.SIGNATURE;
		}
		Set<JWSAlgorithm> algorithms = new LinkedHashSet<>();
		names.forEach((name) -> algorithms.add(JWSAlgorithm.parse(name)));
		if (!JWSAlgorithm.Family.SIGNATURE.containsAll(algorithms)) {
			throw new MissingTokenKeysException("spring.security.oauth2.resourceserver.jwt.jws-algorithms may hold "
					+ JWSAlgorithm.Family.SIGNATURE + " only, not " + names);
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
