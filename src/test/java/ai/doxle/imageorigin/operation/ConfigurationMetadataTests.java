package ai.doxle.imageorigin.operation;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.OriginApplication;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What editors show of our properties.
 */
class ConfigurationMetadataTests {

	@ParameterizedTest
	@MethodSource("properties")
	void describesEachProperty(String name, String description) {
		assertThat(name).startsWith("image-origin.");
		assertThat(description).endsWith(".").hasSizeGreaterThan(20);
	}

	static Stream<String[]> properties() throws IOException {
		try (InputStream metadata = OriginApplication.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonNode properties = new JsonMapper().readTree(metadata).get("properties");
			assertThat(properties).isNotEmpty();
			return properties.valueStream()
				.map((property) -> new String[] { property.get("name").stringValue(),
						property.path("description").stringValue("") });
		}
	}

}
