package ai.doxle.imageorigin.access.keys;

import java.io.IOException;
import java.text.ParseException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.ResourceRetriever;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches a published JWK set at each call, and knows what it had the last time: whether
 * it has ever given keys, and how often a key has left it.
 */
final class FetchedKeys implements JWKSetSource<SecurityContext> {

	private static final Logger logger = LoggerFactory.getLogger(FetchedKeys.class);

	private final JwkSetLocation location;

	private final ResourceRetriever retriever;

	private final AtomicInteger withdrawals;

	private final JwkSetReader reader;

	private volatile List<JWK> known = List.of();

	private volatile @Nullable String failure;

	/**
	 * @param withdrawals counts the fetches that lacked a key of the fetch before
	 */
	FetchedKeys(JwkSetLocation location, ResourceRetriever retriever, AtomicInteger withdrawals) {
		this.location = location;
		this.retriever = retriever;
		this.withdrawals = withdrawals;
		this.reader = new JwkSetReader(location.toString());
	}

	/** Whether no key is known. */
	boolean isEmpty() {
		return this.known.isEmpty();
	}

	@Override
	public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
			throws KeySourceException {
		try {
			return fetched(this.reader.read(fetch()));
		}
		catch (IOException ex) {
			throw failed(new JWKSetRetrievalException("The keys of " + this.location + " cannot be fetched", ex));
		}
		catch (ParseException | IllegalArgumentException ex) {
			throw failed(new JWKSetUnavailableException("The keys of " + this.location + " cannot be used", ex));
		}
	}

	private String fetch() throws IOException, ParseException {
		return this.retriever.retrieveResource(this.location.find().toURL()).getContent();
	}

	private JWKSet fetched(JWKSet keys) {
		if (this.failure != null) {
			logger.info("The keys of {} are available again", this.location);
			this.failure = null;
		}
		boolean lacksAny = !keys.getKeys().containsAll(this.known);
		this.known = keys.getKeys();
		if (lacksAny) {
			this.withdrawals.incrementAndGet();
		}
		return keys;
	}

	/** Says once what is wrong, however long it lasts. */
	private JWKSetUnavailableException failed(JWKSetUnavailableException failure) {
		String message = failure.getMessage() + ": " + failure.getCause();
		if (!message.equals(this.failure)) {
			this.failure = message;
			logger.warn("{}; {}", message, isEmpty() ? "no token can be verified" : "those known before stay in use");
		}
		return failure;
	}

	@Override
	public void close() {
		// holds nothing
	}

}
