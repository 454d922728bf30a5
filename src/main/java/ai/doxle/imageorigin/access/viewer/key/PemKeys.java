package ai.doxle.imageorigin.access.viewer.key;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads keys as CloudFront takes them, P-256 or RSA of 2,048 bits, in PEM form (RFC
 * 7468): {@code PUBLIC KEY}, {@code PRIVATE KEY} (PKCS #8), {@code EC PRIVATE KEY} (SEC
 * 1) and {@code RSA PRIVATE KEY} (PKCS #1).
 */
final class PemKeys {

	private static final Pattern BLOCK = Pattern
		.compile("-----BEGIN ((?:[A-Z]+ )?(?:PRIVATE|PUBLIC) KEY)-----([^-]*)-----END \\1-----");

	private static final int RSA_BITS = 2048;

	/** AlgorithmIdentifier of a key on P-256 (RFC 5480 section 2.1.1). */
	private static final String EC_ALGORITHM = "301306072a8648ce3d020106082a8648ce3d030107";

	/** AlgorithmIdentifier of an RSA key (RFC 8017, appendix A.1). */
	private static final String RSA_ALGORITHM = "300d06092a864886f70d0101010500";

	private static final int SEQUENCE = 0x30;

	private static final int OCTET_STRING = 0x04;

	private static final byte[] VERSION_0 = { 0x02, 0x01, 0x00 };

	private PemKeys() {
	}

	/**
	 * Reads a private key.
	 * @throws GeneralSecurityException if it is none that CloudFront would take; the
	 * message says why
	 */
	static PrivateKey privateKey(String pem) throws GeneralSecurityException {
		Matcher block = block(pem);
		byte[] der = der(block.group(2));
		return switch (block.group(1)) {
			case "PRIVATE KEY" -> pkcs8(der);
			case "EC PRIVATE KEY" -> pkcs8(wrap(EC_ALGORITHM, der));
			case "RSA PRIVATE KEY" -> pkcs8(wrap(RSA_ALGORITHM, der));
			default -> throw new GeneralSecurityException("it is no private key, or an encrypted one");
		};
	}

	/**
	 * Reads a public key.
	 * @throws GeneralSecurityException if it is none that CloudFront would take; the
	 * message says why
	 */
	static PublicKey publicKey(String pem) throws GeneralSecurityException {
		Matcher block = block(pem);
		if (!"PUBLIC KEY".equals(block.group(1))) {
			throw new GeneralSecurityException("it is no public key");
		}
		X509EncodedKeySpec spec = new X509EncodedKeySpec(der(block.group(2)));
		PublicKey key = isOf(EC_ALGORITHM, spec.getEncoded()) ? KeyFactory.getInstance("EC").generatePublic(spec)
				: rsa().generatePublic(spec);
		if (key instanceof RSAPublicKey rsa) {
			requireBits(rsa.getModulus().bitLength());
		}
		return key;
	}

	/** The public key that belongs to a private one. */
	static PublicKey publicKey(PrivateKey key) throws GeneralSecurityException {
		return switch (key) {
			case ECPrivateKey ec -> P256.publicKey(ec);
			case RSAPrivateCrtKey rsa ->
				rsa().generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
			default -> throw new GeneralSecurityException("its public key is unknown");
		};
	}

	private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
		PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
		if (isOf(EC_ALGORITHM, der)) {
			PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(spec);
			publicKey(key);
			return key;
		}
		if (!(rsa().generatePrivate(spec) instanceof RSAPrivateCrtKey key)) {
			throw new GeneralSecurityException("its public key is unknown");
		}
		requireBits(key.getModulus().bitLength());
		return key;
	}

	private static void requireBits(int bits) throws GeneralSecurityException {
		if (bits != RSA_BITS) {
			throw new GeneralSecurityException("it is an RSA key of " + bits + " bits");
		}
	}

	private static KeyFactory rsa() throws GeneralSecurityException {
		return KeyFactory.getInstance("RSA");
	}

	/** Near its beginning an encoded key names its algorithm. */
	private static boolean isOf(String algorithm, byte[] der) {
		return HexFormat.of().formatHex(der, 0, Math.min(der.length, 32)).contains(algorithm);
	}

	private static Matcher block(String pem) throws GeneralSecurityException {
		Matcher block = BLOCK.matcher(pem);
		if (!block.find()) {
			throw new GeneralSecurityException("there is no key in PEM form in it");
		}
		return block;
	}

	private static byte[] der(String text) throws GeneralSecurityException {
		try {
			return Base64.getMimeDecoder().decode(text);
		}
		catch (IllegalArgumentException ex) {
			throw new GeneralSecurityException("its base64 is broken", ex);
		}
	}

	/** RFC 5208 section 5. */
	private static byte[] wrap(String algorithm, byte[] key) {
		ByteArrayOutputStream content = new ByteArrayOutputStream();
		content.writeBytes(VERSION_0);
		content.writeBytes(HexFormat.of().parseHex(algorithm));
		content.writeBytes(element(OCTET_STRING, key));
		return element(SEQUENCE, content.toByteArray());
	}

	/** A DER element (X.690 section 8.1): a length of 128 or more takes two bytes. */
	private static byte[] element(int tag, byte[] content) {
		ByteArrayOutputStream element = new ByteArrayOutputStream();
		element.write(tag);
		if (content.length >= 128) {
			element.write(0x82);
			element.write(content.length >> 8);
		}
		element.write(content.length);
		element.writeBytes(content);
		return element.toByteArray();
	}

}
