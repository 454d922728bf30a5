package ai.doxle.imageorigin.session;

import java.time.Clock;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.access.viewer.key.InvalidSessionConfigurationException;
import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;

/**
 * Configures viewers' sessions.
 */
@Configuration(proxyBeanMethods = false)
class SessionConfiguration {

	@Bean
	ViewerSessions viewerSessions(SessionProperties properties, ViewerKeys keys, ViewerAddress address) {
		requireOutside(properties.path(), address.imagePath());
		return new ViewerSessions(keys.signing().map(CookieSigner::new).orElse(null),
				new SessionCookies(address.imagePath(), properties.sameSite()), properties.lifetime(),
				Clock.systemUTC());
	}

	private static void requireOutside(String path, String imagePath) {
		if (path.equals(imagePath) || path.startsWith(imagePath + '/')) {
			throw new InvalidSessionConfigurationException("image-origin.session.path must lie outside of "
					+ "image-origin.path, where every path is an image's, unlike " + path);
		}
	}

}
