package ai.doxle.imageorigin.harness.load;

import javax.net.ssl.SSLException;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS of clients that trust every certificate, if their transport has TLS.
 */
final class ClientTls {

	/** Sessions are kept under it. */
	private static final int PORT = 443;

	private final @Nullable SslContext context;

	ClientTls(Transport transport) {
		this.context = transport.isTls() ? context(transport.isHttp2()) : null;
	}

	/** Puts it first, if there is any. Sessions are resumed, as browsers do. */
	void addTo(Channel channel) {
		if (this.context != null) {
			channel.pipeline().addFirst(this.context.newHandler(channel.alloc(), "127.0.0.1", PORT));
		}
	}

	String scheme() {
		return (this.context != null) ? "https" : "http";
	}

	private static SslContext context(boolean http2) {
		try {
			return SslContextBuilder.forClient()
				.trustManager(InsecureTrustManagerFactory.INSTANCE)
				.endpointIdentificationAlgorithm(null)
				.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN,
						SelectorFailureBehavior.NO_ADVERTISE, SelectedListenerFailureBehavior.ACCEPT,
						http2 ? ApplicationProtocolNames.HTTP_2 : ApplicationProtocolNames.HTTP_1_1))
				.build();
		}
		catch (SSLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
