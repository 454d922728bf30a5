package ai.doxle.imageorigin.access.viewer.key;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

import org.jspecify.annotations.Nullable;

/**
 * A key pair of a CloudFront key group.
 *
 * @param id CloudFront's id of the public key
 * @param publicKey verifies
 * @param privateKey signs; null for a key that only verifies, such as one that is being
 * retired
 */
public record ViewerKey(String id, PublicKey publicKey, @Nullable PrivateKey privateKey) {

	/** Whether data was signed with this key and SHA-256. */
	public boolean verifies(byte[] data, byte[] signature) {
		try {
			Signature verifier = Signature.getInstance(algorithm(this.publicKey));
			verifier.initVerify(this.publicKey);
			verifier.update(data);
			return verifier.verify(signature);
		}
		catch (SignatureException ex) {
			// not even of the form of one: JDK's, for DER with trailing bytes, too
			return false;
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("the key was fit for its algorithm at the start", ex);
		}
	}

	/** The algorithm of a key's signatures over SHA-256; ECDSA's have DER's form. */
	public static String algorithm(java.security.Key key) {
		return "EC".equals(key.getAlgorithm()) ? "SHA256withECDSA" : "SHA256withRSA";
	}

	@Override
	public String toString() {
		return this.id;
	}

}
