package ai.doxle.imageorigin.access.keys;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.OctetKeyPair;

/**
 * The signature algorithms that tokens may have, and the keys for them: asymmetric ones
 * only, so that nobody can sign with a public key as if it were a secret (RFC 8725
 * section 3.1).
 */
public final class Signatures {

	/** JCA's name for EdDSA over Curve25519 (RFC 8032). */
	static final String ED25519 = "Ed25519";

	/** RSA, RSA-PSS, ECDSA (RFC 7518) and Ed25519 (RFC 8037, RFC 9864). */
	public static final Set<JWSAlgorithm> ALGORITHMS = algorithms();

	private static final int ED25519_BYTES = 32;

	private Signatures() {
	}

	private static Set<JWSAlgorithm> algorithms() {
		Set<JWSAlgorithm> algorithms = new LinkedHashSet<>(JWSAlgorithm.Family.SIGNATURE);
		// curves that the JDK does not have
		algorithms.remove(JWSAlgorithm.ES256K);
		algorithms.remove(JWSAlgorithm.Ed448);
		return Collections.unmodifiableSet(algorithms);
	}

	/** Whether a key can be one for these algorithms, by what is said of it. */
	static boolean areMadeBy(JWK key) {
		boolean known = (key instanceof OctetKeyPair pair) ? Curve.Ed25519.equals(pair.getCurve())
				: !(key instanceof ECKey ec) || !Curve.SECP256K1.equals(ec.getCurve());
		return known && (key.getAlgorithm() == null || ALGORITHMS.stream()
			.anyMatch((algorithm) -> algorithm.equals(key.getAlgorithm())
					&& key.getKeyType().equals(KeyType.forAlgorithm(algorithm))));
	}

	/**
	 * The public key that verifies signatures.
	 * @throws JOSEException if its values are outside of what it may have
	 */
	public static PublicKey publicKey(JWK key) throws JOSEException {
		return switch (key) {
			case OctetKeyPair pair -> ed25519(pair.getDecodedX());
			case AsymmetricJWK asymmetric -> asymmetric.toPublicKey();
			default -> throw new JOSEException("it is no public key");
		};
	}

	/**
	 * RFC 8032 section 5.1.2: y, little endian, and the lowest bit of x as the highest.
	 */
	private static PublicKey ed25519(byte[] point) throws JOSEException {
		if (point.length != ED25519_BYTES) {
			throw new JOSEException("an Ed25519 key has 32 bytes, not " + point.length);
		}
		byte[] y = new byte[ED25519_BYTES];
		for (int i = 0; i < ED25519_BYTES; i++) {
			y[i] = point[ED25519_BYTES - 1 - i];
		}
		boolean isXOdd = y[0] < 0;
		y[0] &= Byte.MAX_VALUE;
		return ed25519(new EdECPoint(isXOdd, new BigInteger(y)));
	}

	private static PublicKey ed25519(EdECPoint point) throws JOSEException {
		try {
			PublicKey key = KeyFactory.getInstance(ED25519)
				.generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
			// finds out whether the point is on the curve
			Signature.getInstance(ED25519).initVerify(key);
			return key;
		}
		catch (GeneralSecurityException ex) {
			throw new JOSEException("not an Ed25519 key: " + ex.getMessage(), ex);
		}
	}

}
