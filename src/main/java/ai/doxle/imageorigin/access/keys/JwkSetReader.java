package ai.doxle.imageorigin.access.keys;

import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.util.JSONObjectUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads JWK sets. A key that cannot verify signatures is ignored, whatever is wrong with
 * it, and does not spoil the others (RFC 7517 section 5). The log says of each, once,
 * which it is and why.
 */
final class JwkSetReader {

	private static final Logger logger = LoggerFactory.getLogger(JwkSetReader.class);

	private static final int MAX_REPORTED = 1_000;

	private static final int MAX_NAME = 100;

	private final String source;

	private final Set<String> reported = ConcurrentHashMap.newKeySet();

	/**
	 * @param source who publishes the set, for the log
	 */
	JwkSetReader(String source) {
		this.source = source;
	}

	/**
	 * The keys of a set that can verify signatures.
	 * @throws ParseException if it is no JWK set, or no key of it can
	 */
	JWKSet read(String json) throws ParseException {
		List<Object> members = JSONObjectUtils.getJSONArray(JSONObjectUtils.parse(json), "keys");
		if (members == null) {
			throw new ParseException("it is no JWK set: keys is missing", 0);
		}
		List<JWK> keys = members.stream().flatMap((member) -> read(member).stream()).toList();
		if (keys.isEmpty()) {
			throw new ParseException("none of its " + members.size() + " keys can verify signatures", 0);
		}
		return new JWKSet(keys);
	}

	private Optional<JWK> read(@Nullable Object member) {
		if (!(member instanceof Map<?, ?> properties)) {
			report("a key", "it is no JSON object");
			return Optional.empty();
		}
		return isForEncryption(properties) ? Optional.empty() : read(properties);
	}

	/** Many sets have such keys; they are none of ours. */
	private static boolean isForEncryption(Map<?, ?> properties) {
		return KeyUse.ENCRYPTION.getValue().equals(properties.get("use"));
	}

	@SuppressWarnings("unchecked") // names in a JSON object are strings
	private Optional<JWK> read(Map<?, ?> properties) {
		try {
			JWK key = JWK.parse((Map<String, Object>) properties);
			requireUsable(key);
			return Optional.of(key);
		}
		catch (ParseException | JOSEException | RuntimeException ex) {
			// whatever a parser throws at an odd key, the others count
			report("key " + name(properties.get("kid")) + " (" + name(properties.get("kty")) + ")",
					String.valueOf(ex.getMessage()));
			return Optional.empty();
		}
	}

	private static void requireUsable(JWK key) throws JOSEException {
		if (key.isPrivate()) {
			throw new JOSEException("it is a secret key, published");
		}
		Set<KeyOperation> operations = key.getKeyOperations();
		boolean verifies = operations == null || operations.contains(KeyOperation.VERIFY);
		if (!verifies || !Signatures.areMadeBy(key)) {
			throw new JOSEException(
					"it is for other purposes than signatures, or for algorithms other than " + Signatures.ALGORITHMS);
		}
		Signatures.publicKey(key);
	}

	private void report(String key, String reason) {
		if (this.reported.size() < MAX_REPORTED && this.reported.add(key + reason)) {
			logger.warn("Ignoring {} of {}: {}", key, this.source, reason);
		}
	}

	private static String name(@Nullable Object value) {
		String name = String.valueOf(value).replaceAll("\\p{Cntrl}", "?");
		return (name.length() <= MAX_NAME) ? name : name.substring(0, MAX_NAME) + "…";
	}

}
