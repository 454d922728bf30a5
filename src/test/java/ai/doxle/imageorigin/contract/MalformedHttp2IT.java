package ai.doxle.imageorigin.contract;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests and frames that HTTP/2 does not allow, of a client that writes its own frames.
 */
@ExtendWith(OutputCaptureExtension.class)
class MalformedHttp2IT {

	private static final int DATA = 0;

	private static final int HEADERS = 1;

	private static final int RST_STREAM = 3;

	private static final int GOAWAY = 7;

	private static final int END_STREAM = 1;

	private static final int END_HEADERS = 4;

	private static LocalS3 s3;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() throws Exception {
		s3 = LocalS3.start("images");
		s3.put("a.png", "image/png", SampleImages.noise(20, 1));
		Properties settings = OriginSettings.open().with("server.http2.enabled", "true");
		origin = RunningOrigin.start(s3.originProperties(0), settings);
		assertThat(origin.get(origin.image("a.png")).statusCode()).isEqualTo(200);
	}

	@AfterAll
	static void stop() {
		origin.close();
		s3.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { ":method=GET|:scheme=http|:authority=x", ":method=GET|:path=|:scheme=http|:authority=x",
			":path=/proxy-image/a.png|:scheme=http|:authority=x", ":method=GET|:path=/proxy-image/a.png|:authority=x",
			":method=HEAD|:path=/proxy-image/absent|:authority=x", ":authority=x", "x=y",
			":method=GET|:path=/proxy-image/a.png|:scheme=http|:authority=x|host=y",
			":method=GET|:method=GET|:path=/proxy-image/a.png|:scheme=http|:authority=x",
			":method=GET|:path=/proxy-image/a.png|:scheme=http|:authority=x|connection=close",
			":method=GET|:path=/proxy-image/a.png|:scheme=http|:authority=x|X=y", ":status=200",
			":method=G T|:path=/proxy-image/a.png|:scheme=http|:authority=x",
			":method=GET|:path=/proxy-image/a b|:scheme=http|:authority=x", ":method=CONNECT|x=y",
			":method=GET|:path=/proxy-image/a.png|:scheme=http|:authority=" })
	void refusesHeads(String head, CapturedOutput output) throws Exception {
		for (boolean ended : new boolean[] { true, false }) {
			try (Client client = new Client()) {
				client.send(HEADERS, END_HEADERS | (ended ? END_STREAM : 0), 1, block(head));
				assertThat(client.end(1)).isEqualTo("RST_STREAM 1");
				client.assertGoesOn(3);
			}
		}
		assertQuiet(output);
	}

	/**
	 * A request whose body comes after the whole response has been sent has its response.
	 */
	@ParameterizedTest
	@CsvSource({ "GET, 5, 0", "GET, 0, 5", "GET, 5, 3", "GET, 3, 5", "POST, 5, 3", "HEAD, 5, 0", "GET, -1, 0",
			"GET, x, 0" })
	void refusesBodiesOfAnotherLength(String method, String declared, int sent, CapturedOutput output)
			throws Exception {
		for (String target : new String[] { "/proxy-image/a.png", "/proxy-image/absent" }) {
			try (Client client = new Client()) {
				byte[] head = block(head(method, target) + "|content-length=" + declared);
				client.send(HEADERS, END_HEADERS | ((sent == 0) ? END_STREAM : 0), 1, head);
				if (sent > 0) {
					client.send(DATA, END_STREAM, 1, new byte[sent]);
				}
				assertThat(client.end(1)).as(target)
					.isIn((sent > 0) ? List.of("RST_STREAM 1", "200", "404", "405") : List.of("RST_STREAM 1", "405"));
				client.assertGoesOn(3);
			}
		}
		assertQuiet(output);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "|:authority=a b", "|:authority=x:99999", "|host=a/b", "|host=[x" })
	void refusesRequestsWithoutOneHost(String host, CapturedOutput output) throws Exception {
		for (String target : new String[] { "/proxy-image/a.png", "/proxy-image/absent", "/elsewhere" }) {
			for (boolean ended : new boolean[] { true, false }) {
				try (Client client = new Client()) {
					byte[] head = block(":method=GET|:scheme=http|:path=" + target + host);
					client.send(HEADERS, END_HEADERS | (ended ? END_STREAM : 0), 1, head);
					assertThat(client.end(1)).as(target).isEqualTo("400");
					assertThat(client.body).contains("host", "\"status\":400");
					client.assertGoesOn(3);
				}
			}
		}
		assertQuiet(output);
	}

	@ParameterizedTest
	@ValueSource(strings = { "|:authority=x|host=x", "|host=x", "|:authority=x:", "|:authority=[::1]:8080" })
	void takesEveryHost(String host) throws Exception {
		try (Client client = new Client()) {
			client.send(HEADERS, END_HEADERS | END_STREAM, 1,
					block(":method=GET|:scheme=http|:path=/proxy-image/a.png" + host));
			assertThat(client.end(1)).isEqualTo("200");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "?{", "?%", "#a", "?a^b" })
	void neverParsesTheQuery(String query) throws Exception {
		try (Client client = new Client()) {
			client.send(HEADERS, END_HEADERS | END_STREAM, 1, block(head("GET", "/proxy-image/a.png" + query)));
			assertThat(client.end(1)).isEqualTo("200");
			client.send(HEADERS, END_HEADERS | END_STREAM, 3, block(head("GET", "/proxy-image/absent" + query)));
			assertThat(client.end(3)).isEqualTo("404");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u00E9", "%zz", "a%20%" })
	void refusesWhatIsNoKey(String key) throws Exception {
		try (Client client = new Client()) {
			client.send(HEADERS, END_HEADERS | END_STREAM, 1, block(head("GET", "/proxy-image/" + key)));
			assertThat(client.end(1)).isEqualTo("400");
		}
	}

	/** What nobody waits for need not be sent (RFC 9113 section 8.1). */
	@Test
	void resetsAnsweredStreamsWhoseRequestsGoOn() throws Exception {
		for (String method : new String[] { "GET", "POST" }) {
			for (String target : new String[] { "/proxy-image/a.png", "/proxy-image/absent", "/elsewhere" }) {
				try (Client client = new Client()) {
					client.send(HEADERS, END_HEADERS, 1, block(head(method, target)));
					assertThat(client.end(1)).isIn("200", "404", "405");
					assertThat(client.next(1)).as(method + target).isEqualTo("RST_STREAM 0");
					client.assertGoesOn(3);
				}
			}
		}
	}

	/** Type, flags, stream and content of one frame each. */
	@ParameterizedTest
	@ValueSource(strings = { "00 00 00000000 61", "00 01 00000001 61", "01 05 00000000 88", "01 05 00000002 88",
			"01 05 00000001 ffffffffffffffff", "01 2d 00000001 ff", "02 00 00000001 00", "03 00 00000001 00000000",
			"03 00 00000000 00000000", "04 00 00000000 00", "04 00 00000001 ", "04 00 00000000 000400000000ffffffff",
			"04 00 00000000 0005 00000000", "05 04 00000001 00000002", "06 00 00000000 00",
			"06 00 00000001 0000000000000000", "07 00 00000000 00", "08 00 00000000 00000000", "08 00 00000000 00",
			"08 00 00000001 00000001", "09 04 00000001 88", "01 01 00000001 88" })
	void leavesNoStackTraceForBrokenFrames(String frame, CapturedOutput output) throws Exception {
		try (Client client = new Client()) {
			String[] parts = frame.split(" ", 4);
			client.send(Integer.parseInt(parts[0], 16), Integer.parseInt(parts[1], 16), Integer.parseInt(parts[2], 16),
					HexFormat.of().parseHex(parts[3].replace(" ", "")));
			client.send(DATA, 0, 0, new byte[1]);
			assertThat(client.end(-1)).startsWith("GOAWAY");
		}
		try (Client client = new Client()) {
			client.socket.getOutputStream().write(new byte[] { 127, 127, 127, 0, 0, 0, 0, 0, 1 });
			assertThat(client.end(-1)).startsWith("GOAWAY");
		}
		assertQuiet(output);
	}

	/** Responses that are cut are logged by their writer. */
	private static void assertQuiet(CapturedOutput output) {
		assertThat(output.toString().lines()).filteredOn((line) -> !line.contains("AnswerWriter"))
			.filteredOn((line) -> line.contains(" WARN ") || line.contains(" ERROR ") || line.startsWith("\tat "))
			.isEmpty();
	}

	private static String head(String method, String target) {
		return ":method=" + method + "|:scheme=http|:path=" + target + "|:authority=x";
	}

	/** Literal fields that nobody remembers (RFC 7541 section 6.2.2). */
	private static byte[] block(String fields) {
		ByteArrayOutputStream block = new ByteArrayOutputStream();
		for (String field : fields.split("\\|", -1)) {
			int equals = field.indexOf('=', 1);
			block.write(0);
			for (String text : new String[] { field.substring(0, equals), field.substring(equals + 1) }) {
				byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
				block.write(bytes.length);
				block.writeBytes(bytes);
			}
		}
		return block.toByteArray();
	}

	/** A connection. */
	private static final class Client implements AutoCloseable {

		private final Socket socket;

		private final DataInputStream stream;

		private String body = "";

		Client() throws IOException {
			this.socket = new Socket("127.0.0.1", origin.port());
			this.socket.setSoTimeout(5_000);
			this.stream = new DataInputStream(this.socket.getInputStream());
			this.socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			send(4, 0, 0, new byte[0]);
		}

		void send(int type, int flags, int id, byte[] content) throws IOException {
			ByteArrayOutputStream frame = new ByteArrayOutputStream();
			frame.writeBytes(new byte[] { 0, (byte) (content.length >> 8), (byte) content.length, (byte) type,
					(byte) flags, 0, 0, 0, (byte) id });
			frame.writeBytes(content);
			this.socket.getOutputStream().write(frame.toByteArray());
		}

		void assertGoesOn(int id) throws IOException {
			send(HEADERS, END_HEADERS | END_STREAM, id, block(head("GET", "/proxy-image/a.png")));
			assertThat(end(id)).isEqualTo("200");
		}

		/** How a stream ends: a status, a reset or the end of the connection. */
		String end(int id) throws IOException {
			String status = next(id);
			while (status.matches("\\d+\\+")) {
				String next = next(id);
				status = next.isEmpty() ? status.replace("+", "") : next.equals("+") ? status : next;
			}
			return status;
		}

		/**
		 * The next frame of a stream: a status, with a plus if more follows, or else its
		 * name.
		 */
		private String next(int id) throws IOException {
			while (true) {
				byte[] head = this.stream.readNBytes(9);
				if (head.length < 9) {
					return "closed";
				}
				byte[] content = this.stream.readNBytes((head[0] << 16) + ((head[1] & 255) << 8) + (head[2] & 255));
				boolean last = (head[4] & END_STREAM) != 0;
				if (head[3] == GOAWAY) {
					return "GOAWAY " + content[7];
				}
				if (head[8] != id) {
					continue;
				}
				switch (head[3]) {
					case RST_STREAM -> {
						return "RST_STREAM " + content[3];
					}
					case HEADERS -> {
						this.body = "";
						return status(content) + (last ? "" : "+");
					}
					case DATA -> {
						this.body += new String(content, StandardCharsets.ISO_8859_1);
						return last ? "" : "+";
					}
					default -> {
					}
				}
			}
		}

		/**
		 * The first field; indexed (RFC 7541 appendix A), or a literal in Huffman's code.
		 */
		private static String status(byte[] block) {
			String[] indexed = { "200", "204", "206", "304", "400", "404", "500" };
			int first = block[0] & 255;
			if (first >= 0x88 && first <= 0x8e) {
				return indexed[first - 0x88];
			}
			String literal = HexFormat.of().formatHex(Arrays.copyOfRange(block, 1, 4));
			return literal.startsWith("03") ? new String(block, 2, 3, StandardCharsets.US_ASCII)
					: (literal.equals("82682d") || literal.startsWith("826")) ? "405" : literal;
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

	}

}
