package ai.doxle.imageorigin.access.viewer.key;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;

/**
 * The elliptic curve that CloudFront's keys are on (FIPS 186-5, secp256r1). The JDK does
 * not tell the public key of a private one. What is here takes its time by the secret, so
 * it is for the start only.
 */
final class P256 {

	private static final ECParameterSpec CURVE = curve();

	private static final BigInteger PRIME = ((ECFieldFp) CURVE.getCurve().getField()).getP();

	private static final BigInteger TWO = BigInteger.TWO;

	private static final BigInteger THREE = BigInteger.valueOf(3);

	private P256() {
	}

	/** Whether a key is on this curve. */
	static boolean has(ECKey key) {
		return CURVE.getCurve().equals(key.getParams().getCurve())
				&& CURVE.getGenerator().equals(key.getParams().getGenerator());
	}

	/**
	 * The public key of a private one.
	 * @throws GeneralSecurityException if it is none of this curve
	 */
	static PublicKey publicKey(ECPrivateKey key) throws GeneralSecurityException {
		BigInteger secret = key.getS();
		if (secret.signum() <= 0 || secret.compareTo(CURVE.getOrder()) >= 0) {
			throw new GeneralSecurityException("it is not on the curve P-256");
		}
		return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(multiple(secret), CURVE));
	}

	/** The generator, added up so many times. */
	private static ECPoint multiple(BigInteger times) {
		ECPoint sum = ECPoint.POINT_INFINITY;
		for (int bit = times.bitLength() - 1; bit >= 0; bit--) {
			sum = add(sum, sum);
			if (times.testBit(bit)) {
				sum = add(sum, CURVE.getGenerator());
			}
		}
		return sum;
	}

	/** No point is added to its negative on the way to a multiple below the order. */
	private static ECPoint add(ECPoint one, ECPoint other) {
		if (one.equals(ECPoint.POINT_INFINITY)) {
			return other;
		}
		BigInteger slope = one.equals(other) ? tangent(one) : quotient(other.getAffineY().subtract(one.getAffineY()),
				other.getAffineX().subtract(one.getAffineX()));
		BigInteger x = slope.pow(2).subtract(one.getAffineX()).subtract(other.getAffineX()).mod(PRIME);
		BigInteger y = slope.multiply(one.getAffineX().subtract(x)).subtract(one.getAffineY()).mod(PRIME);
		return new ECPoint(x, y);
	}

	private static BigInteger tangent(ECPoint point) {
		BigInteger rise = point.getAffineX().pow(2).multiply(THREE).add(CURVE.getCurve().getA());
		return quotient(rise, point.getAffineY().multiply(TWO));
	}

	private static BigInteger quotient(BigInteger dividend, BigInteger divisor) {
		return dividend.multiply(divisor.modInverse(PRIME)).mod(PRIME);
	}

	private static ECParameterSpec curve() {
		try {
			AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
			parameters.init(new ECGenParameterSpec("secp256r1"));
			return parameters.getParameterSpec(ECParameterSpec.class);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("every JDK has P-256", ex);
		}
	}

}
