package ai.doxle.imageorigin.access.viewer.key;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says in a sentence why an origin does not start whose sessions cannot be as they are
 * configured.
 */
class InvalidSessionConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSessionConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidSessionConfigurationException cause) {
		return new FailureAnalysis("Viewers' sessions are not possible as they are configured.", cause.getMessage(),
				cause);
	}

}
