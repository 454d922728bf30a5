package ai.doxle.imageorigin.web;

import java.util.List;

import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.FullHttpResponse;

/**
 * An answer from memory, ready to go out.
 *
 * @param response all of the answer, but for a body in a file
 * @param file the body, if it is sent from a file: pieces, in order
 */
record HitAnswer(FullHttpResponse response, List<FileRegion> file) {

	static HitAnswer of(FullHttpResponse response) {
		return new HitAnswer(response, List.of());
	}

}
