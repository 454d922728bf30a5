package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page at {@code /} of a development server: every sample image, as an {@code img}
 * element and fetched by a script with the token.
 */
public final class DevelopmentPage {

	private DevelopmentPage() {
	}

	public static RouterFunction<ServerResponse> route(Collection<String> keys, String token) {
		String page = template().replace("\"{{keys}}\"", new JsonMapper().writeValueAsString(keys))
			.replace("{{token}}", token);
		return RouterFunctions.route()
			.GET("/", (request) -> ServerResponse.ok().contentType(MediaType.TEXT_HTML).bodyValue(page))
			.build();
	}

	private static String template() {
		try (InputStream stream = DevelopmentPage.class.getResourceAsStream("/development-page.html")) {
			return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
