package ai.doxle.imageorigin.admin.endpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.admin.CachedHeads;
import ai.doxle.imageorigin.admin.ImagePurge;
import ai.doxle.imageorigin.admin.ImageWarming;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Serves operators: where an image is cached, what a purge forgot, what is to be warmed.
 */
final class AdminHandler {

	private final CachedHeads heads;

	private final ImagePurge purge;

	private final ImageWarming warming;

	private final KeyList keyList;

	AdminHandler(CachedHeads heads, ImagePurge purge, ImageWarming warming, KeyList keyList) {
		this.heads = heads;
		this.purge = purge;
		this.warming = warming;
		this.keyList = keyList;
	}

	/** Says which tiers hold an image. */
	Mono<ServerResponse> find(ServerRequest request) {
		ImageKey key = SelectionQuery.readKey(request.uri().getRawQuery());
		return this.heads.find(key).flatMap((members) -> respond(HttpStatus.OK, members));
	}

	/** Purges images. */
	Mono<ServerResponse> purge(ServerRequest request) {
		ImageSelection selection = SelectionQuery.read(request.uri().getRawQuery());
		return this.purge.purge(selection).flatMap((purged) -> {
			Map<String, @Nullable Object> body = new LinkedHashMap<>();
			body.put("selection", describe(selection));
			body.putAll(purged.members());
			return respond(HttpStatus.OK, body);
		});
	}

	/** Takes images to warm. */
	Mono<ServerResponse> warm(ServerRequest request) {
		return DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), KeyList.MAX_BYTES)
			.map(AdminHandler::bytes)
			.defaultIfEmpty(new byte[0])
			.onErrorMap(DataBufferLimitException.class, (tooLong) -> KeyList.tooLarge())
			.map(this.keyList::read)
			.flatMap(this::warm);
	}

	private Mono<ServerResponse> warm(Set<ImageKey> keys) {
		if (!this.warming.offer(keys)) {
			return Mono.error(new InvalidAdminRequestException(HttpStatus.SERVICE_UNAVAILABLE,
					"Too many images are waiting to be warmed already"));
		}
		return respond(HttpStatus.ACCEPTED, Map.of("accepted", keys.size()));
	}

	private static Map<String, String> describe(ImageSelection selection) {
		return switch (selection) {
			case ImageSelection.OneImage one -> Map.of("key", one.key().value());
			case ImageSelection.Below below -> Map.of("prefix", below.path());
			case ImageSelection.Tagged tagged -> Map.of("tag", tagged.tag());
			case ImageSelection.All all -> Map.of();
		};
	}

	static byte[] bytes(DataBuffer buffer) {
		try {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			return bytes;
		}
		finally {
			DataBufferUtils.release(buffer);
		}
	}

	private static Mono<ServerResponse> respond(HttpStatus status, Object body) {
		return ServerResponse.status(status).cacheControl(CacheControl.noStore()).bodyValue(body);
	}

}
