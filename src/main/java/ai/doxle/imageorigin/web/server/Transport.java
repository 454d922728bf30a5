package ai.doxle.imageorigin.web.server;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * What a response goes out over.
 */
public enum Transport {

	/** HTTP/1.1. */
	HTTP_1,

	/** HTTP/1.1 over TLS. */
	HTTP_1_TLS,

	/** A stream of HTTP/2, over TLS or not. */
	HTTP_2_STREAM;

	/** Whether a connection, or that of a stream, is encrypted. */
	public static boolean isEncrypted(Channel channel) {
		Channel connection = (channel instanceof Http2StreamChannel) ? channel.parent() : channel;
		return connection.pipeline().get(SslHandler.class) != null;
	}

	public static Transport of(Channel channel) {
		if (channel instanceof Http2StreamChannel) {
			return HTTP_2_STREAM;
		}
		return (channel.pipeline().get(SslHandler.class) != null) ? HTTP_1_TLS : HTTP_1;
	}

}
