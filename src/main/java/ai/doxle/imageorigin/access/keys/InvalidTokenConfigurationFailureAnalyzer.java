package ai.doxle.imageorigin.access.keys;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says in a sentence why an origin without token keys does not start.
 */
class InvalidTokenConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidTokenConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidTokenConfigurationException cause) {
		return new FailureAnalysis("Bearer tokens cannot be verified.", cause.getMessage(), cause);
	}

}
