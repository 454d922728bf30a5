package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.net.Socket;

import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * The server's side of TLS, over sockets that a test may break below it.
 */
public final class ServerTls {

	private final SSLSocketFactory sockets;

	ServerTls(SSLSocketFactory sockets) {
		this.sockets = sockets;
	}

	/** TLS over a connection that was accepted; closing it closes both. */
	Socket over(Socket plain) throws IOException {
		SSLSocket secure = (SSLSocket) this.sockets.createSocket(plain, null, plain.getPort(), true);
		secure.setUseClientMode(false);
		return secure;
	}

}
