package ai.doxle.imageorigin.training;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * Signs tokens, with keys that are made for it.
 */
final class TrainingTokens {

	static final String ISSUER = "https://training.invalid/";

	private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

	private final KeyPair keys;

	/**
	 * The same for all, so that a subject's tokens are equal and remembered as verified.
	 */
	private final long expiry = Instant.now().plus(Duration.ofHours(2)).getEpochSecond();

	TrainingTokens() throws GeneralSecurityException {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
		generator.initialize(2048);
		this.keys = generator.generateKeyPair();
	}

	String token(int subject) throws GeneralSecurityException {
		String claims = "{\"iss\":\"%s\",\"sub\":\"training-%d\",\"exp\":%d}".formatted(ISSUER, subject, this.expiry);
		String content = encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + encode(claims);
		Signature signature = Signature.getInstance("SHA256withRSA");
		signature.initSign(this.keys.getPrivate());
		signature.update(content.getBytes(StandardCharsets.US_ASCII));
		return content + "." + BASE64.encodeToString(signature.sign());
	}

	/** The PEM file of the public key, in Base64. */
	String publicKey() {
		String body = Base64.getMimeEncoder().encodeToString(this.keys.getPublic().getEncoded());
		String pem = "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
		return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
	}

	private static String encode(String text) {
		return BASE64.encodeToString(text.getBytes(StandardCharsets.US_ASCII));
	}

}
