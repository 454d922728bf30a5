package ai.doxle.imageorigin.web;

import io.netty.handler.codec.http.HttpHeaders;

/**
 * What all answers about an image have in common, in the form that costs least to send.
 */
interface LastingHeaders {

	/** New headers, to which others may be added. */
	HttpHeaders headers();

}
