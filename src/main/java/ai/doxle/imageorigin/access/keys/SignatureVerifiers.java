package ai.doxle.imageorigin.access.keys;

import java.security.Key;
import java.security.PublicKey;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;

/**
 * Makes verifiers: Nimbus' own, and for Ed25519 the JDK's.
 */
public final class SignatureVerifiers extends DefaultJWSVerifierFactory {

	@Override
	public JWSVerifier createJWSVerifier(JWSHeader header, Key key) throws JOSEException {
		return (EdDSAProvider.SUPPORTED_ALGORITHMS.contains(header.getAlgorithm())
				&& key instanceof PublicKey verifying) ? new Ed25519Verifier(verifying)
						: super.createJWSVerifier(header, key);
	}

}
