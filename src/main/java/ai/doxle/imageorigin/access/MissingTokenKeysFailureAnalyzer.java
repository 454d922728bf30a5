package ai.doxle.imageorigin.access;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says in a sentence why an origin without token keys does not start.
 */
class MissingTokenKeysFailureAnalyzer extends AbstractFailureAnalyzer<MissingTokenKeysException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingTokenKeysException cause) {
		return new FailureAnalysis("Bearer tokens cannot be verified.", cause.getMessage(), cause);
	}

}
