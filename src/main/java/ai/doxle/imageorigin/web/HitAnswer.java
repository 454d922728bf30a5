package ai.doxle.imageorigin.web;

import java.util.List;

import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.FullHttpResponse;

import ai.doxle.imageorigin.delivery.HeldImage;

/**
 * An answer from memory, ready to go out.
 *
 * @param image the image that it is about
 * @param response all of the answer, but for a body in a file
 * @param file the body, if it is sent from a file: pieces, in order
 */
record HitAnswer(HeldImage image, FullHttpResponse response, List<FileRegion> file) {

	static HitAnswer of(HeldImage image, FullHttpResponse response) {
		return new HitAnswer(image, response, List.of());
	}

}
