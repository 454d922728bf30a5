package ai.doxle.imageorigin.operation;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.DefaultValue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.OriginApplication;
import ai.doxle.imageorigin.access.viewer.key.ViewerProperties;
import ai.doxle.imageorigin.admin.events.EventProperties;
import ai.doxle.imageorigin.store.StoreProperties;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The descriptions of our properties: those that editors show, and the page for people.
 */
class ConfigurationMetadataTests {

	private static final Path PAGE = Path.of("docs/configuration.md");

	/** A row about one of our properties, and its second cell. */
	private static final Pattern ROW = Pattern.compile("^\\| `(image-origin\\.[^`]+)` \\| ([^|]+) \\| [^|]{20,} \\|$",
			Pattern.MULTILINE);

	/** Not a file of that name. */
	private static final Pattern ANY_NAME = Pattern
		.compile("(?<![\\w/-])image-origin(?!\\.(?:jar|service)\\b)(?:\\.[a-z][a-z0-9-]*(?:\\[[n0-9]\\])?)+");

	private static final Pattern VALUE = Pattern.compile("`([^`]*)`");

	/** The metadata does not look into a list's elements. */
	private static final Map<String, Class<?>> LISTS = Map.of("image-origin.store.buckets",
			StoreProperties.Bucket.class, "image-origin.session.keys", ViewerProperties.Key.class,
			"image-origin.events.peers", EventProperties.Peer.class);

	/** What stands in the place of a default where there is none. */
	private static final String NONE = "";

	@ParameterizedTest
	@MethodSource("properties")
	void describesEachProperty(String name, String description) {
		assertThat(name).startsWith("image-origin.");
		assertThat(description).endsWith(".").hasSizeGreaterThan(20);
	}

	static Stream<String[]> properties() throws IOException {
		return metadata()
			.map((property) -> new String[] { name(property), property.path("description").stringValue("") });
	}

	@Test
	void documentsEachPropertyWithItsDefault() throws IOException {
		Map<String, String> documented = ROW.matcher(Files.readString(PAGE))
			.results()
			.collect(Collectors.toMap((row) -> row.group(1), (row) -> defaultIn(row.group(2)), (one, other) -> {
				throw new AssertionError("two rows, " + one + " and " + other);
			}, TreeMap::new));
		assertThat(documented).isEqualTo(existing());
	}

	@ParameterizedTest
	@MethodSource("pages")
	void mentionsNoOtherProperty(Path page) throws IOException {
		assertThat(ANY_NAME.matcher(Files.readString(page)).results().map(MatchResult::group))
			.extracting((name) -> name.replace("[0]", "[n]"))
			.isSubsetOf(withPrefixes(existing().keySet()));
	}

	static List<Path> pages() throws IOException {
		try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
			return Stream
				.concat(docs.filter((file) -> file.toString().endsWith(".md")), Stream.of(Path.of("README.md")))
				.toList();
		}
	}

	private static Set<String> withPrefixes(Set<String> names) {
		return names.stream()
			.flatMap((name) -> Stream.iterate(name, (part) -> part.contains("."),
					(part) -> part.substring(0, part.lastIndexOf('.'))))
			.collect(Collectors.toSet());
	}

	private static Map<String, String> existing() throws IOException {
		Map<String, String> defaults = new TreeMap<>();
		metadata().forEach((property) -> defaults.put(name(property), defaultOf(property)));
		LISTS.forEach((list, element) -> {
			assertThat(defaults.remove(list)).isEqualTo(NONE);
			Arrays.stream(element.getDeclaredConstructors()[0].getParameters())
				.forEach(
						(parameter) -> defaults.put(list + "[n]." + dashed(parameter.getName()), defaultOf(parameter)));
		});
		return defaults;
	}

	private static Stream<JsonNode> metadata() throws IOException {
		try (InputStream metadata = OriginApplication.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonNode properties = new JsonMapper().readTree(metadata).get("properties");
			assertThat(properties).isNotEmpty();
			return properties.valueStream();
		}
	}

	private static String name(JsonNode property) {
		return property.get("name").stringValue();
	}

	private static String defaultOf(JsonNode property) {
		JsonNode value = property.path("defaultValue");
		return value.isArray() ? value.valueStream().map(JsonNode::asString).collect(Collectors.joining(","))
				: value.asString(NONE);
	}

	private static String defaultOf(Parameter parameter) {
		DefaultValue value = parameter.getAnnotation(DefaultValue.class);
		return (value != null) ? String.join(",", value.value()) : NONE;
	}

	private static String dashed(String camelCase) {
		return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
	}

	private static String defaultIn(String cell) {
		Matcher value = VALUE.matcher(cell);
		return value.matches() ? value.group(1) : NONE;
	}

}
