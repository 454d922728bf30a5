package ai.doxle.imageorigin.access;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.util.Base64URL;

/**
 * Signs as an issuer with an Ed25519 key does.
 */
final class Ed25519Signer extends EdDSAProvider implements JWSSigner {

	private final PrivateKey key;

	Ed25519Signer(PrivateKey key) {
		this.key = key;
	}

	@Override
	public Base64URL sign(JWSHeader header, byte[] signingInput) throws JOSEException {
		try {
			Signature signature = Signature.getInstance("Ed25519");
			signature.initSign(this.key);
			signature.update(signingInput);
			return Base64URL.encode(signature.sign());
		}
		catch (GeneralSecurityException ex) {
			throw new JOSEException("Ed25519 does not work", ex);
		}
	}

}
