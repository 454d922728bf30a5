package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.net.Socket;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * The server's side of TLS, over sockets that a test may break below it.
 */
public final class ServerTls {

	private final SSLContext context;

	ServerTls(SSLContext context) {
		this.context = context;
	}

	/** Certificate and key of the server, for one that does TLS by itself. */
	SSLContext context() {
		return this.context;
	}

	/** TLS over a connection that was accepted; closing it closes both. */
	Socket over(Socket plain) throws IOException {
		SSLSocket secure = (SSLSocket) this.context.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
		secure.setUseClientMode(false);
		return secure;
	}

}
