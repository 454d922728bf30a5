package ai.doxle.imageorigin.web;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * What an answer goes out over.
 */
enum Wire {

	/** HTTP/1.1. */
	CLEARTEXT,

	/** HTTP/1.1 over TLS. */
	ENCRYPTED,

	/** A stream of HTTP/2, over TLS or not. */
	STREAM;

	static Wire of(Channel channel) {
		if (channel instanceof Http2StreamChannel) {
			return STREAM;
		}
		return (channel.pipeline().get(SslHandler.class) != null) ? ENCRYPTED : CLEARTEXT;
	}

}
