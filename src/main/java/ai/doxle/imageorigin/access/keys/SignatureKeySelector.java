package ai.doxle.imageorigin.access.keys;

import java.security.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import org.jspecify.annotations.Nullable;

/**
 * Selects the keys that may have signed a token: of its algorithm, which must be an
 * accepted one, and of its key id if it names one. Nimbus' own selector leaves Ed25519
 * keys out.
 */
public final class SignatureKeySelector implements JWSKeySelector<SecurityContext> {

	private final Set<JWSAlgorithm> algorithms;

	private final JWKSource<SecurityContext> keys;

	public SignatureKeySelector(Set<JWSAlgorithm> algorithms, JWKSource<SecurityContext> keys) {
		this.algorithms = algorithms;
		this.keys = keys;
	}

	@Override
	public List<Key> selectJWSKeys(JWSHeader header, @Nullable SecurityContext context) throws KeySourceException {
		if (!this.algorithms.contains(header.getAlgorithm())) {
			return List.of();
		}
		List<Key> candidates = new ArrayList<>();
		for (JWK key : this.keys.get(new JWKSelector(JWKMatcher.forJWSHeader(header)), context)) {
			candidates.add(publicKey(key));
		}
		return candidates;
	}

	private static Key publicKey(JWK key) throws KeySourceException {
		try {
			return Signatures.publicKey(key);
		}
		catch (JOSEException ex) {
			throw new KeySourceException("A key has become unusable: " + ex.getMessage(), ex);
		}
	}

}
