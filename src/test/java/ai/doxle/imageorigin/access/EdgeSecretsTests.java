package ai.doxle.imageorigin.access;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EdgeSecretsTests {

	@Test
	void admitsAnythingIfThereAreNone() {
		EdgeSecrets secrets = new EdgeSecrets(List.of());
		assertThat(secrets.admit(null)).isTrue();
		assertThat(secrets.admit("anything")).isTrue();
	}

	@Test
	void admitsEachSecret() {
		EdgeSecrets secrets = new EdgeSecrets(List.of("old", "new"));
		assertThat(secrets.admit("old")).isTrue();
		assertThat(secrets.admit("new")).isTrue();
	}

	@Test
	void refusesEverythingElse() {
		EdgeSecrets secrets = new EdgeSecrets(List.of("old", "new"));
		assertThat(secrets.admit(null)).isFalse();
		assertThat(secrets.admit("")).isFalse();
		assertThat(secrets.admit("ol")).isFalse();
		assertThat(secrets.admit("olds")).isFalse();
		assertThat(secrets.admit("OLD")).isFalse();
		assertThat(secrets.admit("old,new")).isFalse();
	}

}
