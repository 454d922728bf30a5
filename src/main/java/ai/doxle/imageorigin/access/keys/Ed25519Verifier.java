package ai.doxle.imageorigin.access.keys;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.CriticalHeaderParamsDeferral;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.util.Base64URL;

/**
 * Verifies Ed25519 signatures (RFC 8037 section 3.1) with the JDK's own provider; Nimbus'
 * would need Tink.
 */
public final class Ed25519Verifier extends EdDSAProvider implements JWSVerifier {

	private final PublicKey key;

	/** No header parameter is understood that a token calls critical. */
	private final CriticalHeaderParamsDeferral critical = new CriticalHeaderParamsDeferral();

	public Ed25519Verifier(PublicKey key) {
		this.key = key;
	}

	@Override
	public boolean verify(JWSHeader header, byte[] signingInput, Base64URL signature) throws JOSEException {
		if (!this.critical.headerPasses(header)) {
			return false;
		}
		try {
			Signature verification = Signature.getInstance(Signatures.ED25519);
			verification.initVerify(this.key);
			verification.update(signingInput);
			return verification.verify(signature.decode());
		}
		catch (SignatureException ex) {
			return false;
		}
		catch (GeneralSecurityException ex) {
			throw new JOSEException("Ed25519 does not work", ex);
		}
	}

}
