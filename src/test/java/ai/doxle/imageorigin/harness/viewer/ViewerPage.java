package ai.doxle.imageorigin.harness.viewer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

import org.springframework.core.io.FileSystemResource;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The files of {@code viewer/}, read anew for each request, and the page's
 * {@code config.json}.
 */
final class ViewerPage {

	private static final Path FOLDER = Path.of("viewer");

	private final Supplier<List<String>> hosts;

	private final Supplier<PageConfig> config;

	/**
	 * @param hosts the origins (RFC 6454) of edges and origin, to which the page may send
	 * requests, once they have started
	 * @param config what the page is told, made for each request
	 */
	ViewerPage(Supplier<List<String>> hosts, Supplier<PageConfig> config) {
		if (!Files.isRegularFile(FOLDER.resolve("index.html"))) {
			throw new IllegalStateException("There is no viewer/index.html in " + Path.of("").toAbsolutePath()
					+ ": start in the project's own folder");
		}
		this.hosts = hosts;
		this.config = config;
	}

	RouterFunction<ServerResponse> routes() {
		return RouterFunctions.route()
			.GET("/", (_) -> file("index.html"))
			.GET("/page.css", (_) -> file("page.css"))
			.GET("/icon.svg", (_) -> file("icon.svg"))
			.GET("/js/{name:[a-z-]+\\.js}", (request) -> file("js/" + request.pathVariable("name")))
			.GET("/config.json",
					(_) -> page().contentType(MediaType.APPLICATION_JSON)
						.header("Cache-Control", "no-store")
						.bodyValue(this.config.get()))
			.build();
	}

	private Mono<ServerResponse> file(String name) {
		FileSystemResource file = new FileSystemResource(FOLDER.resolve(name));
		if (!file.exists()) {
			return ServerResponse.notFound().build();
		}
		return page().contentType(MediaTypeFactory.getMediaType(name).orElseThrow())
			.header("Cache-Control", "no-cache")
			.bodyValue(file);
	}

	private ServerResponse.BodyBuilder page() {
		return ServerResponse.ok()
			.header("Content-Security-Policy", policy())
			.header("X-Content-Type-Options", "nosniff")
			.header("Referrer-Policy", "no-referrer");
	}

	private String policy() {
		String allowed = String.join(" ", this.hosts.get());
		return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: " + allowed
				+ "; connect-src 'self' " + allowed + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
	}

}
