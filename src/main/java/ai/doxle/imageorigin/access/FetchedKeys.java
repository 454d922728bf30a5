package ai.doxle.imageorigin.access;

import java.io.IOException;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import org.jspecify.annotations.Nullable;

/**
 * A source of keys that knows whether it has ever given any.
 */
final class FetchedKeys implements JWKSetSource<SecurityContext> {

	private final JWKSetSource<SecurityContext> source;

	private volatile boolean empty = true;

	FetchedKeys(JWKSetSource<SecurityContext> source) {
		this.source = source;
	}

	boolean isEmpty() {
		return this.empty;
	}

	@Override
	public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
			throws KeySourceException {
		JWKSet keys = this.source.getJWKSet(evaluator, now, context);
		this.empty = false;
		return keys;
	}

	@Override
	public void close() throws IOException {
		this.source.close();
	}

}
