package ai.doxle.imageorigin.harness.load;

/**
 * What clients and an origin speak.
 */
public enum Transport {

	/** HTTP/1.1 without TLS. */
	HTTP_1_1(false, false),
	/** HTTP/1.1 over TLS. */
	HTTP_1_1_TLS(true, false),
	/** HTTP/2 without TLS, by prior knowledge (RFC 9113 section 3.3). */
	H2C(false, true),
	/** HTTP/2 over TLS, by ALPN. */
	H2(true, true);

	private final boolean tls;

	private final boolean http2;

	Transport(boolean tls, boolean http2) {
		this.tls = tls;
		this.http2 = http2;
	}

	public boolean isTls() {
		return this.tls;
	}

	public boolean isHttp2() {
		return this.http2;
	}

}
