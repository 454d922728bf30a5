package ai.doxle.imageorigin.harness.load;

import java.util.Arrays;
import java.util.List;

/**
 * How a client leaves.
 */
public enum Departure {

	/** The connection is reset (TCP RST). */
	RESET(true, true),
	/** The connection is closed; over HTTP/2 with GOAWAY before. */
	CLOSE(true, true),
	/** The client ends its sending half and reads on to the end of the answer. */
	HALF_CLOSE(true, false),
	/** The client ends its sending half, and closes the connection a little later. */
	HALF_CLOSE_THEN_CLOSE(true, false),
	/** The client stops reading for a while and then resets connection or stream. */
	STALL_THEN_RESET(true, true),
	/** RST_STREAM; the connection stays. */
	RESET_STREAM(false, true),
	/** The client does not leave: it reads all of the answer. */
	NONE(true, true);

	private final boolean http1;

	private final boolean http2;

	Departure(boolean http1, boolean http2) {
		this.http1 = http1;
		this.http2 = http2;
	}

	/** The ways to leave that a transport has. */
	static List<Departure> of(Transport transport) {
		return Arrays.stream(values())
			.filter((departure) -> departure != NONE)
			.filter((departure) -> transport.isHttp2() ? departure.http2 : departure.http1)
			// ends in TLS itself (RFC 8446 section 6.1), where most clients have no
			// half-closed connections
			.filter((departure) -> !transport.isTls() || !departure.name().startsWith("HALF"))
			.toList();
	}

	/** Whether it ends the whole connection. */
	boolean endsConnection() {
		return this == RESET || this == CLOSE;
	}

}
