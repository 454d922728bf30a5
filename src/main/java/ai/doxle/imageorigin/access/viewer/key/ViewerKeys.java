package ai.doxle.imageorigin.access.viewer.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.io.ApplicationResourceLoader;

/**
 * The keys of viewers' cookies: one signs, all verify. So a new key can be introduced
 * before it signs, and an old one be retired when the last cookies of it have expired.
 */
public final class ViewerKeys {

	private static final byte[] SAMPLE = "image-origin".getBytes(StandardCharsets.US_ASCII);

	private final Map<String, ViewerKey> keys = new LinkedHashMap<>();

	/**
	 * @param keys in the order of the configuration, each with an id of its own
	 */
	public ViewerKeys(List<ViewerKey> keys) {
		keys.forEach((key) -> this.keys.put(key.id(), key));
	}

	/**
	 * Reads the keys that the configuration names.
	 * @throws InvalidSessionConfigurationException if one of them cannot be read, is none
	 * that CloudFront takes, or does not belong to its other half
	 */
	public static ViewerKeys read(List<ViewerProperties.Key> configured) {
		for (int i = 0; i < configured.size(); i++) {
			String id = configured.get(i).id();
			if (configured.subList(0, i).stream().anyMatch((other) -> id.equals(other.id()))) {
				throw new InvalidSessionConfigurationException(
						property(i, "id") + " is that of another key, too: each key has an id of its own");
			}
		}
		return new ViewerKeys(
				IntStream.range(0, configured.size()).mapToObj((i) -> read(i, configured.get(i))).toList());
	}

	private static ViewerKey read(int index, ViewerProperties.Key key) {
		String privateProperty = property(index, "private-key-location");
		PrivateKey privateKey = read(privateProperty, key.privateKeyLocation(), PemKeys::privateKey);
		PublicKey publicKey = read(property(index, "public-key-location"), key.publicKeyLocation(), PemKeys::publicKey);
		try {
			ViewerKey pair = new ViewerKey(key.id(),
					(publicKey != null) ? publicKey : PemKeys.publicKey(Objects.requireNonNull(privateKey)),
					privateKey);
			requireHalves(pair, privateProperty);
			return pair;
		}
		catch (GeneralSecurityException ex) {
			throw invalid(privateProperty, ex.getMessage());
		}
	}

	private static <T> @Nullable T read(String property, @Nullable String location, Reader<T> reader) {
		if (location == null) {
			return null;
		}
		try {
			return reader.read(text(location));
		}
		catch (IOException ex) {
			throw invalid(property, named(location) + " cannot be read");
		}
		catch (GeneralSecurityException | IllegalArgumentException ex) {
			throw invalid(property, ex.getMessage());
		}
	}

	/** Where it points, unless a key may have been put there by mistake. */
	private static String named(String location) {
		boolean isFile = location.startsWith("/") || location.startsWith("file:");
		return isFile ? location : "what it names";
	}

	/** A path is one of the file system, not of the class path. */
	private static String text(String location) throws IOException {
		String url = location.contains(":") ? location : "file:" + location;
		return ApplicationResourceLoader.get().getResource(url).getContentAsString(StandardCharsets.US_ASCII);
	}

	/** Signs, to see whether its own public key verifies that. */
	private static void requireHalves(ViewerKey pair, String property) throws GeneralSecurityException {
		PrivateKey privateKey = pair.privateKey();
		if (privateKey == null) {
			return;
		}
		Signature signer = Signature.getInstance(ViewerKey.algorithm(privateKey));
		signer.initSign(privateKey);
		signer.update(SAMPLE);
		boolean same = privateKey.getAlgorithm().equals(pair.publicKey().getAlgorithm());
		if (!same || !pair.verifies(SAMPLE, signer.sign())) {
			throw new InvalidSessionConfigurationException(property + " and the public-key-location beside it name "
					+ "keys that do not belong together: give both of one pair, or the private one alone");
		}
	}

	private static InvalidSessionConfigurationException invalid(String property, @Nullable String reason) {
		return new InvalidSessionConfigurationException(property + " must name a P-256 or RSA 2048 key in PEM form, as "
				+ "a file, a URL or base64:…, but " + reason);
	}

	private static String property(int index, String name) {
		return "image-origin.session.keys[" + index + "]." + name;
	}

	/** Whether there is any key. */
	public boolean isEmpty() {
		return this.keys.isEmpty();
	}

	/** The key of an id, or null. */
	public @Nullable ViewerKey find(String id) {
		return this.keys.get(id);
	}

	/** The key that signs: the first that can. */
	public Optional<ViewerKey> signing() {
		return this.keys.values().stream().filter((key) -> key.privateKey() != null).findFirst();
	}

	/** Makes a key of its PEM form. */
	private interface Reader<T> {

		T read(String pem) throws GeneralSecurityException;

	}

}
