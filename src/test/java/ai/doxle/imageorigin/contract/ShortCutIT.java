package ai.doxle.imageorigin.contract;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Images in memory are answered right behind the HTTP codec: byte for byte as they are
 * without that short cut.
 */
class ShortCutIT {

	private static final Map<String, Sample> samples = SampleImages.small();

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String SECRET = "edge-secret-0123456789";

	private static final String IMAGE = SampleImages.BLOCK + "img.jpg";

	private static final String SCRIPT = SampleImages.BLOCK + "page.xhtml";

	private static LocalS3 s3;

	private static RunningOrigin quick;

	private static RunningOrigin ordinary;

	@BeforeAll
	static void start() throws Exception {
		s3 = LocalS3.start("images");
		samples.forEach((key, sample) -> s3.put(key, sample.contentType(), sample.bytes()));
		s3.put(SCRIPT, "image/evil+xml",
				"<html xmlns='http://www.w3.org/1999/xhtml'/>".getBytes(StandardCharsets.UTF_8));
		List<String> keys = new ArrayList<>(samples.keySet());
		keys.add(SCRIPT);
		quick = origin("true");
		ordinary = origin("false");
		for (String key : keys) {
			for (RunningOrigin origin : List.of(quick, ordinary)) {
				get(origin, path(key), authorization());
			}
		}
	}

	@AfterAll
	static void stop() {
		quick.close();
		ordinary.close();
		s3.close();
	}

	private static RunningOrigin origin(String shortCut) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.short-cut", shortCut);
		properties.setProperty("image-origin.access.project-claim", "projects");
		properties.setProperty("image-origin.access.edge-secrets", SECRET);
		properties.setProperty("image-origin.cors.allowed-origins", "https://annotate.example,https://other.example");
		return RunningOrigin.start(s3.originProperties(0), issuer.originProperties(), properties);
	}

	@Test
	void answersEverySampleAlike() throws Exception {
		for (Map.Entry<String, Sample> sample : samples.entrySet()) {
			Response response = expectAlike("GET", path(sample.getKey()));
			assertThat(response.headers).containsEntry("cache-status", List.of("image-origin-memory; hit"));
			assertThat(response.body).isEqualTo(sample.getValue().bytes());
			expectAlike("HEAD", path(sample.getKey()));
		}
	}

	@Test
	void keepsScriptsOutOfXmlAlike() throws Exception {
		for (String[] headers : new String[][] { {}, { "Range", "bytes=0-9" }, { "If-None-Match", "*" },
				{ "Origin", "https://annotate.example" } }) {
			Response response = expectAlike("GET", path(SCRIPT), headers);
			assertThat(response.headers).containsEntry("cache-status", List.of("image-origin-memory; hit"))
				.containsEntry("content-security-policy",
						List.of("default-src 'none'; style-src 'unsafe-inline'; sandbox"));
		}
	}

	@Test
	void settlesConditionalsAndRangesAlike() throws Exception {
		Response whole = get(quick, path(IMAGE), authorization());
		String etag = whole.headers.get("etag").getFirst();
		String modified = whole.headers.get("last-modified").getFirst();
		for (String[] headers : new String[][] { { "If-None-Match", etag }, { "If-None-Match", "*" },
				{ "If-None-Match", "\"x\", W/" + etag }, { "If-None-Match", "\"x\"" },
				{ "If-Modified-Since", modified }, { "If-Modified-Since", "nonsense" },
				{ "If-None-Match", "\"x\"", "If-Modified-Since", modified }, { "If-Match", etag },
				{ "If-Match", "\"x\"" }, { "If-Match", "W/" + etag },
				{ "If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT" }, { "Range", "bytes=0-99" },
				{ "Range", "bytes=-5" }, { "Range", "bytes=100-" }, { "Range", "bytes=0-999999999" },
				{ "Range", "bytes=249885-" }, { "Range", "bytes=5-1" }, { "Range", "chunks=0-1" },
				{ "Range", "bytes=0-0,".repeat(1000) }, { "Range", "bytes=0-9", "If-Range", etag },
				{ "Range", "bytes=0-9", "If-Range", "\"x\"" }, { "Range", "bytes=0-9", "If-None-Match", etag } }) {
			expectAlike("GET", path(IMAGE), headers);
			expectAlike("HEAD", path(IMAGE), headers);
		}
	}

	@Test
	void servesSeveralRangesOfAHit() throws Exception {
		Response there = get(quick, path(IMAGE), with(authorization(), "Range", "bytes=0-9,100-109"));
		assertThat(there.status).isEqualTo(206);
		assertThat(there.headers.get("content-type").getFirst()).startsWith("multipart/byteranges");
		assertThat(there.headers).containsEntry("cache-status", List.of("image-origin-memory; hit"));
	}

	@Test
	void answersForeignAndKnownOriginsAlike() throws Exception {
		for (String origin : List.of("https://annotate.example", "https://other.example", "https://foreign.example")) {
			expectAlike("GET", path(IMAGE), "Origin", origin);
			expectAlike("GET", path(IMAGE), "Origin", origin, "Range", "bytes=0-9");
			expectAlike("OPTIONS", path(IMAGE), "Origin", origin, "Access-Control-Request-Method", "GET");
		}
	}

	@Test
	void readsPathsAlike() throws Exception {
		for (String target : List.of(path(IMAGE) + "?a=b", path(IMAGE).replace("/blocks", "%2Fblocks"),
				path(IMAGE).replace("img", "%69mg"), "/proxy-image/projects/123/../123/blocks/456/img.jpg",
				"/proxy-image/projects//123/blocks/456/img.jpg", path(IMAGE) + "/", path(IMAGE) + "%00",
				"/proxy-image/", "/proxy-image", "/", path(IMAGE) + "%zz", path(IMAGE) + "|", "http://x" + path(IMAGE),
				path(IMAGE) + "#fragment", path(IMAGE) + ";a=b", "/PROXY-IMAGE/" + IMAGE)) {
			expectAlike("GET", target);
		}
		expectAlike("GET", path(IMAGE), "Content-Length", "0");
	}

	@Test
	void refusesAlike() throws Exception {
		for (String token : List.of("x", "a.b.c", issuer.unsigned(), issuer.signedWithPublicKey(),
				new TokenIssuer().token("123"), issuer.token("12"),
				issuer.token((claims) -> claims.claim("projects", "123").issuer("https://foreign.example")))) {
			for (int i = 0; i < 2; i++) {
				expectSame("GET", path(IMAGE), "X-Origin-Verify", SECRET, "Authorization", "Bearer " + token);
			}
		}
		expectSame("GET", path(IMAGE), "X-Origin-Verify", SECRET);
		expectSame("GET", path(IMAGE), "X-Origin-Verify", SECRET, "Authorization", "Basic abc");
		expectSame("GET", path(IMAGE), with(authorization(), "Authorization", authorization()[3]));
		expectSame("GET", path(IMAGE), "Authorization", authorization()[3]);
		expectSame("GET", path(IMAGE), "X-Origin-Verify", "wrong", "Authorization", authorization()[3]);
		expectSame("GET", path(IMAGE), with(authorization(), "X-Origin-Verify", SECRET));
		for (String method : List.of("POST", "PUT", "DELETE", "TRACE")) {
			expectAlike(method, path(IMAGE));
		}
	}

	@Test
	void keepsTheOrderOfPipelinedRequests() throws Exception {
		String hit = request("GET", path(IMAGE), with(authorization(), "Range", "bytes=0-9"));
		String absent = request("GET", path(SampleImages.BLOCK + "absent"), authorization());
		String parts = request("GET", path(IMAGE), with(authorization(), "Range", "bytes=0-1,5-6"));
		String known = request("GET", path(IMAGE), with(authorization(), "If-None-Match", "*"));
		List<Integer> statuses = new ArrayList<>();
		try (Socket socket = new Socket("127.0.0.1", quick.port())) {
			socket.setSoTimeout(30_000);
			socket.getOutputStream()
				.write((hit + absent + hit + parts + known + hit).getBytes(StandardCharsets.ISO_8859_1));
			for (int i = 0; i < 6; i++) {
				statuses.add(Response.read(socket.getInputStream(), false).status);
			}
		}
		assertThat(statuses).containsExactly(206, 404, 206, 206, 304, 206);
	}

	@Test
	void leavesHitsOutOfTheOrdinaryWay() throws Exception {
		double before = quick.ordinaryRequests();
		double there = ordinary.ordinaryRequests();
		for (int i = 0; i < 20; i++) {
			get(quick, path(IMAGE), authorization());
			get(ordinary, path(IMAGE), authorization());
		}
		assertThat(quick.ordinaryRequests()).isEqualTo(before);
		assertThat(ordinary.ordinaryRequests()).isEqualTo(there + 20);
	}

	@Test
	void servesOnItsOwnEventLoops() throws Exception {
		get(quick, path(IMAGE), authorization());
		assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.anyMatch((name) -> name.startsWith("images-"));
	}

	@Test
	void servesASlowReaderToTheEnd() throws Exception {
		byte[] bytes = samples.get(IMAGE).bytes();
		try (Socket socket = new Socket()) {
			socket.setReceiveBufferSize(4096);
			socket.connect(new InetSocketAddress("127.0.0.1", quick.port()));
			socket.getOutputStream()
				.write(request("GET", path(IMAGE), authorization()).getBytes(StandardCharsets.ISO_8859_1));
			Response response = readSlowly(socket.getInputStream());
			assertThat(response.body).isEqualTo(bytes);
			socket.getOutputStream()
				.write(request("GET", path(IMAGE), authorization()).getBytes(StandardCharsets.ISO_8859_1));
			assertThat(Response.read(socket.getInputStream(), false).body).isEqualTo(bytes);
		}
	}

	private static Response readSlowly(InputStream stream) throws IOException {
		return Response.read(new FilterInputStream(stream) {
			@Override
			public int read(byte[] bytes, int offset, int length) throws IOException {
				LockSupport.parkNanos(100_000);
				return super.read(bytes, offset, Math.min(length, 2000));
			}
		}, false);
	}

	private static Response expectAlike(String method, String target, String... headers) throws IOException {
		return expectSame(method, target, with(authorization(), headers));
	}

	private static Response expectSame(String method, String target, String... headers) throws IOException {
		Response there = send(ordinary, method, target, headers);
		Response here = send(quick, method, target, headers);
		String request = method + " " + target + " " + Arrays.toString(headers);
		assertThat(here.status).as(request).isEqualTo(there.status);
		assertThat(here.headers).as(request).containsExactlyInAnyOrderEntriesOf(there.headers);
		assertThat(here.body).as(request).isEqualTo(there.body);
		return here;
	}

	private static Response get(RunningOrigin origin, String target, String... headers) throws IOException {
		return send(origin, "GET", target, headers);
	}

	private static Response send(RunningOrigin origin, String method, String target, String... headers)
			throws IOException {
		try (Socket socket = new Socket("127.0.0.1", origin.port())) {
			socket.setSoTimeout(30_000);
			socket.getOutputStream().write(request(method, target, headers).getBytes(StandardCharsets.ISO_8859_1));
			return Response.read(socket.getInputStream(), method.equals("HEAD"));
		}
	}

	private static String request(String method, String target, String... headers) {
		StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: x\r\n");
		for (int i = 0; i < headers.length; i += 2) {
			request.append(headers[i] + ": " + headers[i + 1] + "\r\n");
		}
		return request + "\r\n";
	}

	private static final String TOKEN = issuer.token("123");

	private static String[] authorization() {
		return new String[] { "X-Origin-Verify", SECRET, "Authorization", "Bearer " + TOKEN };
	}

	private static String[] with(String[] some, String... others) {
		String[] all = Arrays.copyOf(some, some.length + others.length);
		System.arraycopy(others, 0, all, some.length, others.length);
		return all;
	}

	private static String path(String key) {
		return "/proxy-image/" + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
	}

	/**
	 * A response as it came over the socket; header names in lower case, without Date.
	 */
	@SuppressWarnings("ArrayRecordComponent")
	private record Response(int status, Map<String, List<String>> headers, byte[] body) {

		static Response read(InputStream stream, boolean bodiless) throws IOException {
			String[] status = line(stream).split(" ", 3);
			Map<String, List<String>> headers = new TreeMap<>();
			for (String line = line(stream); !line.isEmpty(); line = line(stream)) {
				String[] header = line.split(": ?", 2);
				headers.computeIfAbsent(header[0].toLowerCase(Locale.ROOT), (name) -> new ArrayList<>()).add(header[1]);
			}
			assertThat(headers.remove("date")).as("Date").hasSize(1);
			headers.computeIfPresent("server-timing",
					(name, values) -> List.of(values.getFirst().replaceAll("(s3|redis);dur=[\\d.]+", "$1")));
			int length = bodiless ? 0
					: Integer.parseInt(headers.getOrDefault("content-length", List.of("0")).getFirst());
			return new Response(Integer.parseInt(status[1]), headers, stream.readNBytes(length));
		}

		private static String line(InputStream stream) throws IOException {
			ByteArrayOutputStream line = new ByteArrayOutputStream();
			for (int next = stream.read(); next != '\n'; next = stream.read()) {
				if (next < 0) {
					throw new IOException("the connection was closed after '" + line + "'");
				}
				line.write(next);
			}
			return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
		}

	}

}
