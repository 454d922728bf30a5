package ai.doxle.imageorigin.web.shortcut;

import io.netty.handler.codec.http.HttpHeaders;

/**
 * The headers that all responses about an image have in common, in the form that costs
 * least to send.
 */
interface HeaderTemplate {

	/** New headers, to which others may be added. */
	HttpHeaders headers();

	/** Makes templates for a version of HTTP. */
	interface Form {

		/** A template of headers. */
		HeaderTemplate of(org.springframework.http.HttpHeaders headers);

	}

}
