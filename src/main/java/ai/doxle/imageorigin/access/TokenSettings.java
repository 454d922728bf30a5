package ai.doxle.imageorigin.access;

import java.util.List;

import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

import ai.doxle.imageorigin.access.keys.InvalidTokenConfigurationException;
import ai.doxle.imageorigin.access.keys.TokenKeys;

/**
 * What Boot's properties of tokens do not tell: whether one was set at all.
 */
final class TokenSettings {

	private static final List<String> NAMES = List.of("issuer-uri", "jwk-set-uri", "public-key-location", "audiences",
			"jws-algorithms");

	private final Binder binder;

	TokenSettings(Environment environment) {
		this.binder = Binder.get(environment);
	}

	/**
	 * An environment variable that is set but empty would turn off a check in silence,
	 * such as that of the audience.
	 * @throws InvalidTokenConfigurationException if a property is set but empty
	 */
	void requireValues() {
		for (String name : NAMES) {
			values(name).ifBound((values) -> requireValues(name, values));
		}
	}

	private static void requireValues(String name, List<String> values) {
		if (values.isEmpty() || values.stream().anyMatch(String::isBlank)) {
			throw new InvalidTokenConfigurationException(
					TokenKeys.PREFIX + name + " is set but empty: give it a value or leave it out");
		}
	}

	/** Boot's own default, RS256 alone, cannot be told from a choice of RS256. */
	List<String> algorithms() {
		return values("jws-algorithms").orElse(List.of());
	}

	private BindResult<List<String>> values(String name) {
		return this.binder.bind(TokenKeys.PREFIX + name, Bindable.listOf(String.class));
	}

}
