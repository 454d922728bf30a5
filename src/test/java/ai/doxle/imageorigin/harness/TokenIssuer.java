package ai.doxle.imageorigin.harness;

import java.nio.charset.StandardCharsets;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;

/**
 * Issues real tokens, signed with a key of its own, and some that no origin should take.
 */
public final class TokenIssuer {

	/** Who issues. */
	public static final String ISSUER = "https://issuer.local";

	/** Whom the tokens are for. */
	public static final String AUDIENCE = "image-origin";

	private static final String KEY_ID = "local";

	private final RSAKey key;

	public TokenIssuer() {
		this(KEY_ID);
	}

	/**
	 * @param keyId what its key is called
	 */
	public TokenIssuer(String keyId) {
		try {
			this.key = new RSAKeyGenerator(2048).keyID(keyId).generate();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** A token that may read the projects. */
	public String token(String... projects) {
		return token((claims) -> claims.claim("projects", List.of(projects)));
	}

	/** A token with other claims. */
	public String token(Consumer<JWTClaimsSet.Builder> details) {
		return token(KEY_ID, details);
	}

	/** A token with other claims, said to be signed with some key. */
	public String token(String keyId, Consumer<JWTClaimsSet.Builder> details) {
		try {
			SignedJWT token = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(keyId).build(),
					claims(details));
			token.sign(new RSASSASigner(this.key));
			return token.serialize();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** A token without a signature. */
	public String unsigned() {
		return new PlainJWT(claims((claims) -> {
		})).serialize();
	}

	/** A token signed with the public key as if it were a shared secret. */
	public String signedWithPublicKey() {
		try {
			SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims((claims) -> {
			}));
			token.sign(new MACSigner(pem().getBytes(StandardCharsets.US_ASCII)));
			return token.serialize();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The keys to verify its tokens with, as a JWK set (RFC 7517). */
	public String jwkSet() {
		return new JWKSet(this.key).toString(true);
	}

	/** The properties that have the origin trust this issuer. */
	public Properties originProperties() {
		Properties properties = new Properties();
		String prefix = "spring.security.oauth2.resourceserver.jwt.";
		properties.setProperty(prefix + "public-key-location",
				"base64:" + Base64.getEncoder().encodeToString(pem().getBytes(StandardCharsets.US_ASCII)));
		properties.setProperty(prefix + "issuer-uri", ISSUER);
		properties.setProperty(prefix + "audiences", AUDIENCE);
		return properties;
	}

	private static JWTClaimsSet claims(Consumer<JWTClaimsSet.Builder> details) {
		Instant now = Instant.now();
		JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder().issuer(ISSUER)
			.audience(AUDIENCE)
			.subject("somebody")
			.issueTime(Date.from(now))
			.expirationTime(Date.from(now.plus(Duration.ofHours(12))));
		details.accept(claims);
		return claims.build();
	}

	private String pem() {
		try {
			RSAPublicKey publicKey = this.key.toRSAPublicKey();
			String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(publicKey.getEncoded());
			return "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
