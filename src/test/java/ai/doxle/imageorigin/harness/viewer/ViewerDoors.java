package ai.doxle.imageorigin.harness.viewer;

import java.net.URI;
import java.util.function.Supplier;

import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.harness.LocalS3;

/**
 * What the page may do besides looking at images: look into the tiers, purge, and upload.
 * For a development server only: whoever reaches it may use them. Pages of other sites
 * cannot, since their browsers would ask first, and are not answered.
 */
final class ViewerDoors {

	/** Shows and purges. */
	static final String IMAGES = "/viewer/images";

	/** Takes uploads: the key follows. */
	static final String UPLOADS = "/viewer/uploads/";

	private final WebClient client = WebClient.create();

	private final LocalS3 s3;

	private final Supplier<URI> management;

	private final Supplier<String> adminToken;

	/**
	 * @param s3 the bucket
	 * @param management the management port, once the origin has started
	 * @param adminToken makes tokens for it
	 */
	ViewerDoors(LocalS3 s3, Supplier<URI> management, Supplier<String> adminToken) {
		this.s3 = s3;
		this.management = management;
		this.adminToken = adminToken;
	}

	RouterFunction<ServerResponse> routes() {
		return RouterFunctions.route()
			.GET(IMAGES, this::passOn)
			.DELETE(IMAGES, this::passOn)
			.PUT(UPLOADS + "{*key}", this::upload)
			.build();
	}

	private Mono<ServerResponse> passOn(ServerRequest request) {
		URI target = this.management.get().resolve("/actuator/images?" + request.uri().getRawQuery());
		return this.client.method(request.method())
			.uri(target)
			.headers((headers) -> headers.setBearerAuth(this.adminToken.get()))
			.exchangeToMono((response) -> response.bodyToMono(String.class)
				.defaultIfEmpty("")
				.flatMap((body) -> ServerResponse.status(response.statusCode())
					.header("Cache-Control", "no-store")
					.contentType(MediaType.APPLICATION_JSON)
					.bodyValue(body)));
	}

	/** The S3 client of the harness waits. */
	private Mono<ServerResponse> upload(ServerRequest request) {
		String key = request.pathVariable("key").substring(1);
		String type = request.headers().contentType().map(MediaType::toString).orElse("application/octet-stream");
		return request.bodyToMono(byte[].class)
			.flatMap((bytes) -> Mono.fromCallable(() -> this.s3.put(key, type, bytes))
				.subscribeOn(Schedulers.boundedElastic()))
			.flatMap((etag) -> ServerResponse.created(URI.create(request.uri().getRawPath())).eTag(etag).build())
			.switchIfEmpty(ServerResponse.badRequest().bodyValue("There is no body."));
	}

}
