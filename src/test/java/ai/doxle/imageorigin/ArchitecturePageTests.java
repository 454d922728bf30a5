package ai.doxle.imageorigin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page that leads through the code names packages and types that exist.
 */
class ArchitecturePageTests {

	private static final Path PAGE = Path.of("docs/architecture.md");

	private static final Pattern PACKAGE = Pattern.compile("^\\| `([a-z0-9.]+)` \\|", Pattern.MULTILINE);

	/** Nested types and methods follow a dot. Words with one capital may be headers. */
	private static final Pattern TYPE = Pattern.compile("`([A-Z]\\w*[a-z]\\w*[A-Z]\\w*)[.\\w]*`");

	@Test
	void listsAllPackages() throws IOException {
		assertThat(PACKAGE.matcher(Files.readString(PAGE)).results().map((row) -> row.group(1)))
			.containsExactlyInAnyOrderElementsOf(PackageDirections.packages());
	}

	@Test
	void namesTypesThatExist() throws IOException {
		assertThat(TYPE.matcher(Files.readString(PAGE)).results().map(ArchitecturePageTests::name))
			.hasSizeGreaterThan(40)
			.isSubsetOf(types());
	}

	private static String name(MatchResult found) {
		return found.group(1);
	}

	private static Set<String> types() throws IOException {
		try (Stream<Path> sources = Files.walk(Path.of("src"))) {
			return sources.map((file) -> file.getFileName().toString())
				.filter((name) -> name.endsWith(".java"))
				.map((name) -> name.substring(0, name.length() - ".java".length()))
				.collect(Collectors.toSet());
		}
	}

}
