package ai.doxle.imageorigin.harness;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Properties;

/**
 * A key pair for viewers' cookies, as CloudFront's key groups have them, and cookies that
 * are signed with it without any code of the origin.
 */
public final class ViewerKeyPair {

	/** The id of the key, unless another one is given. */
	public static final String ID = "K1VIEWERKEY";

	private final String id;

	private final String algorithm;

	private final KeyPair pair;

	private ViewerKeyPair(String id, String algorithm, KeyPair pair) {
		this.id = id;
		this.algorithm = algorithm;
		this.pair = pair;
	}

	/** A new pair on the curve P-256. */
	public static ViewerKeyPair p256() {
		return p256(ID);
	}

	/**
	 * A new pair on the curve P-256.
	 * @param id CloudFront's id of it
	 */
	public static ViewerKeyPair p256(String id) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec("secp256r1"));
			return new ViewerKeyPair(id, "SHA256withECDSA", generator.generateKeyPair());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A new RSA pair.
	 * @param id CloudFront's id of it
	 */
	public static ViewerKeyPair rsa(String id, int bits) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
			generator.initialize(bits);
			return new ViewerKeyPair(id, "SHA256withRSA", generator.generateKeyPair());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The properties that make an origin sign with this pair. */
	public Properties originProperties() {
		return originProperties(0);
	}

	/**
	 * The properties that make an origin sign with this pair.
	 * @param index its place among the keys; the first signs
	 */
	public Properties originProperties(int index) {
		Properties properties = new Properties();
		properties.setProperty(prefix(index) + "id", this.id);
		properties.setProperty(prefix(index) + "private-key-location", base64(privatePem()));
		return properties;
	}

	/** The properties that make an origin verify with this pair only. */
	public Properties verifyingProperties(int index) {
		Properties properties = new Properties();
		properties.setProperty(prefix(index) + "id", this.id);
		properties.setProperty(prefix(index) + "public-key-location", base64(publicPem()));
		return properties;
	}

	private static String prefix(int index) {
		return "image-origin.session.keys[" + index + "].";
	}

	private static String base64(String pem) {
		return "base64:" + Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
	}

	/** CloudFront's id of the key. */
	public String id() {
		return this.id;
	}

	/** The private key (PKCS #8). */
	public String privatePem() {
		return pem("PRIVATE KEY", this.pair.getPrivate());
	}

	/** The public key (X.509). */
	public String publicPem() {
		return pem("PUBLIC KEY", this.pair.getPublic());
	}

	private static String pem(String label, Key key) {
		String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(key.getEncoded());
		return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
	}

	/** A policy as CloudFront wants it. */
	public static String policy(String resource, Instant expires) {
		return "{\"Statement\":[{\"Resource\":\"" + resource + "\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":"
				+ expires.getEpochSecond() + "}}}]}";
	}

	/** A whole set of cookies for a policy, as a {@code Cookie} header has them. */
	public String cookies(String policy) {
		byte[] bytes = policy.getBytes(StandardCharsets.UTF_8);
		return cookies(encode(bytes), encode(sign(bytes)), this.id, "SHA256");
	}

	/** The header of cookies with these values. */
	public static String cookies(String policy, String signature, String keyId, String hashAlgorithm) {
		return "CloudFront-Policy=" + policy + "; CloudFront-Signature=" + signature + "; CloudFront-Key-Pair-Id="
				+ keyId + "; CloudFront-Hash-Algorithm=" + hashAlgorithm;
	}

	/** Signs bytes with SHA-256. */
	public byte[] sign(byte[] bytes) {
		try {
			Signature signature = Signature.getInstance(this.algorithm);
			signature.initSign(this.pair.getPrivate());
			signature.update(bytes);
			return signature.sign();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** CloudFront's base64. */
	public static String encode(byte[] bytes) {
		return Base64.getEncoder().encodeToString(bytes).replace('+', '-').replace('=', '_').replace('/', '~');
	}

}
