package ai.doxle.imageorigin.web.shortcut;

import java.util.List;

import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.FullHttpResponse;

import ai.doxle.imageorigin.delivery.MemoryHit;

/**
 * A response from memory, ready to go out.
 *
 * @param image the image that it is about
 * @param response all of the response, but for a body in a file
 * @param file the body, if it is sent from a file: pieces, in order
 */
record HitResponse(MemoryHit image, FullHttpResponse response, List<FileRegion> file) {

	static HitResponse of(MemoryHit image, FullHttpResponse response) {
		return new HitResponse(image, response, List.of());
	}

}
