package ai.doxle.imageorigin.web.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;

import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * Ties what is open for a response to its connection (HTTP/2: its stream): when that is
 * closed, everything is given back.
 */
public final class ConnectionScope {

	private ConnectionScope() {
	}

	/**
	 * Opens a scope, which is to be closed when the response has ended otherwise.
	 * @param channel the connection or stream
	 */
	public static ResourceScope open(Channel channel) {
		ResourceScope scope = ResourceScope.ofResponse();
		ChannelFutureListener whenClosed = (closed) -> scope.dispose();
		channel.closeFuture().addListener(whenClosed);
		scope.own(() -> channel.closeFuture().removeListener(whenClosed));
		return scope;
	}

}
