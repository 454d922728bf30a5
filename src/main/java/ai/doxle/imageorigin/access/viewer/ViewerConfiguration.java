package ai.doxle.imageorigin.access.viewer;

import java.time.Clock;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;
import ai.doxle.imageorigin.access.viewer.key.ViewerProperties;

/**
 * Configures the verification of viewers' cookies.
 */
@Configuration(proxyBeanMethods = false)
class ViewerConfiguration {

	/** Half of the processors: the other half serves those whose cookies are known. */
	private static final int MAX_VERIFICATIONS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

	/** Of each thread: about half a second's work. */
	private static final int MAX_QUEUED_VERIFICATIONS = 500;

	@Bean
	ViewerKeys viewerKeys(ViewerProperties properties) {
		return ViewerKeys.read(properties.keys());
	}

	@Bean
	ViewerAddress viewerAddress(ViewerProperties properties,
			@Value("${image-origin.path:/proxy-image}") String imagePath) {
		return new ViewerAddress(properties.resourceBase(), imagePath);
	}

	@Bean
	CookieVerifier cookieVerifier(ViewerKeys keys, @Qualifier("cookieScheduler") Scheduler cookieScheduler,
			@Value("${image-origin.access.remembered-tokens:10000}") long maxRemembered) {
		return new CookieVerifier(keys, Clock.systemUTC(), cookieScheduler::schedule, maxRemembered);
	}

	@Bean
	ViewerCookies viewerCookies(ViewerKeys keys, CookieVerifier verifier, ViewerAddress address) {
		return new ViewerCookies(keys, verifier, address, Clock.systemUTC());
	}

	/** Apart from that of tokens, so that a flood of bad cookies holds up no token. */
	@Bean(destroyMethod = "dispose")
	Scheduler cookieScheduler() {
		return Schedulers.newBoundedElastic(MAX_VERIFICATIONS, MAX_QUEUED_VERIFICATIONS, "cookies", 60, true);
	}

}
