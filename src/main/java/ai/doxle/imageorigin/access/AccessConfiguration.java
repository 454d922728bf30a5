package ai.doxle.imageorigin.access;

import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.access.AccessProperties.Mode;
import ai.doxle.imageorigin.access.keys.KeyRefresher;
import ai.doxle.imageorigin.access.keys.TokenKeys;
import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.access.viewer.ViewerCookies;

/**
 * Configures access by Spring Security's token verification, without its filter chain:
 * the order of checks is {@code web}'s, and a page of 200 images pays for one.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OAuth2ResourceServerProperties.class)
class AccessConfiguration {

	private static final int MAX_VERIFICATIONS = Math.max(4, Runtime.getRuntime().availableProcessors());

	private static final int MAX_QUEUED_VERIFICATIONS = 1_000;

	@Bean
	ImageAccess imageAccess(AccessProperties properties, TokenVerifier tokens, ViewerCookies cookies,
			ViewerAddress address) {
		return new ImageAccess(properties, tokens, cookies, address);
	}

	@Bean
	SessionAccess sessionAccess(AccessProperties properties, TokenVerifier tokens) {
		return new SessionAccess(properties, tokens, Clock.systemUTC());
	}

	@Bean
	TokenVerifier tokenVerifier(AccessProperties properties, OAuth2ResourceServerProperties jwt,
			Environment environment, Scheduler tokenScheduler, KeyRefresher keyRefresher) {
		return (properties.mode() != Mode.OPEN) ? verifier(properties, jwt, environment, tokenScheduler, keyRefresher)
				: new TokenVerifier(AccessConfiguration::ignore, () -> 0, tokenScheduler::schedule,
						properties.rememberedTokens());
	}

	/** Mode {@code open} does not open administration: it needs a decoder of its own. */
	@Bean
	AdminAccess adminAccess(AccessProperties properties, TokenVerifier tokens, OAuth2ResourceServerProperties jwt,
			Environment environment, Scheduler tokenScheduler, KeyRefresher keyRefresher) {
		if (properties.mode() != Mode.OPEN) {
			return new AdminAccess(tokens);
		}
		return new AdminAccess(TokenKeys.areNamed(jwt.getJwt())
				? verifier(properties, jwt, environment, tokenScheduler, keyRefresher) : null);
	}

	private static TokenVerifier verifier(AccessProperties properties, OAuth2ResourceServerProperties jwt,
			Environment environment, Scheduler scheduler, KeyRefresher refresher) {
		TokenSettings settings = new TokenSettings(environment);
		settings.requireValues();
		AtomicInteger withdrawals = new AtomicInteger();
		JwtDecoder decoder = TokenDecoders.of(jwt.getJwt(), settings.algorithms(), withdrawals, refresher);
		return new TokenVerifier(decoder, withdrawals::get, scheduler::schedule, properties.rememberedTokens());
	}

	@Bean(destroyMethod = "dispose")
	Scheduler tokenScheduler() {
		return Schedulers.newBoundedElastic(MAX_VERIFICATIONS, MAX_QUEUED_VERIFICATIONS, "tokens", 60, true);
	}

	/** Ends with the application, and so do its fetches. */
	@Bean
	KeyRefresher keyRefresher() {
		return new KeyRefresher();
	}

	private static Jwt ignore(String token) {
		throw new JwtException("tokens are not looked at");
	}

}
