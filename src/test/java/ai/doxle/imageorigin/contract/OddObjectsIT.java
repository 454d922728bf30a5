package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Objects with metadata that S3 takes from whoever uploads, through all tiers and both
 * ways to answer.
 */
class OddObjectsIT {

	private static final byte[] PNG = SampleImages.small().get(SampleImages.BLOCK + "floor.png").bytes();

	private static final String LONG_AGO = "Sun, 01 Nov 2020 00:00:00 GMT";

	private static final Map<String, StoredObject> objects = new ConcurrentHashMap<>();

	private static HttpServer s3;

	private static LocalRedis redis;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() throws Exception {
		s3 = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		s3.createContext("/", OddObjectsIT::answer);
		s3.start();
		redis = LocalRedis.start();
		Properties settings = new Properties();
		settings.putAll(Map.of("image-origin.store.buckets[0].name", "odd", "image-origin.store.buckets[0].region",
				"us-east-1", "image-origin.store.buckets[0].endpoint", "http://127.0.0.1:" + s3.getAddress().getPort(),
				"image-origin.store.buckets[0].path-style", "true", "image-origin.access.mode", "open"));
		origin = RunningOrigin.start(redis.originProperties(), settings);
	}

	@AfterAll
	static void stop() throws Exception {
		origin.close();
		redis.close();
		s3.stop(0);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			image/png; charset=binary        | image/png; charset=binary
			image/png; charset=no-such       | image/png; charset=no-such
			image/png;                       | image/png
			image/png; name=my cat.png       | image/png
			image/png, image/png             | image/png
			""")
	void servesImagesWhateverTheParametersOfTheirType(String declared, String sent) throws Exception {
		String key = "type-" + Integer.toHexString(declared.hashCode());
		objects.put(key, new StoredObject(declared, LONG_AGO, PNG));
		assertThat(header(send("HEAD", key), "Content-Type")).isEqualTo(sent);
		for (String range : new String[] { "bytes=9-", "bytes=0-", "none", "none" }) {
			HttpResponse<byte[]> answer = send("GET", key, "Range", range);
			assertThat(answer).hasHeader("Content-Type", sent);
			assertThat(answer.body())
				.isEqualTo(range.equals("bytes=9-") ? Arrays.copyOfRange(PNG, 9, PNG.length) : PNG);
		}
		assertThat(header(send("GET", key, "If-None-Match", "*"), "Content-Type")).isEqualTo(sent);
		assertThat(new String(send("GET", key, "Range", "bytes=0-1,4-5").body(), StandardCharsets.ISO_8859_1))
			.contains("Content-Type: " + sent + "\r\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTF-8", "UTF-16BE", "UTF-16LE" })
	void servesSvgWithALongPrologue(String charset) throws Exception {
		byte[] svg = ("\uFEFF<?xml version='1.0'?><!-- " + "licence ".repeat(2_000) + "-->\n"
				+ "<!DOCTYPE svg [ <!ENTITY ns 'http://www.w3.org/2000/svg'> ]>\n<svg xmlns='&ns;'/>")
			.getBytes(Charset.forName(charset));
		for (String type : new String[] { "image/svg+xml", "binary/octet-stream" }) {
			String key = "svg-" + charset + type.length();
			objects.put(key, new StoredObject(type, LONG_AGO, svg));
			assertThat(send("HEAD", key).statusCode()).isEqualTo(200);
			for (int i = 0; i < 2; i++) {
				HttpResponse<byte[]> answer = send("GET", key);
				assertThat(answer).hasStatus(200)
					.hasBody(svg)
					.hasHeader("Content-Type", "image/svg+xml")
					.hasHeaderWith("Content-Security-Policy", "sandbox");
			}
		}
	}

	@Test
	void deniesOtherXmlBehindALongPrologue() throws Exception {
		byte[] html = ("<!-- " + "licence ".repeat(2_000) + "--><html/>").getBytes(StandardCharsets.US_ASCII);
		objects.put("denial.svg", new StoredObject("image/svg+xml", LONG_AGO, html));
		assertThat(send("GET", "denial.svg").statusCode()).isEqualTo(415);
	}

	/** RFC 9110 section 8.8.2.1. */
	@Test
	void replacesADateInTheFuture() throws Exception {
		String future = DateTimeFormatter.RFC_1123_DATE_TIME
			.format(Instant.now().plus(Duration.ofDays(2)).atOffset(ZoneOffset.UTC));
		objects.put("future.png", new StoredObject("image/png", future, PNG));
		for (String[] headers : new String[][] { { "Range", "bytes=0-9" }, {}, {}, { "Range", "bytes=0-9" },
				{ "Range", "bytes=0-1,4-5" }, { "If-None-Match", "*" }, { "If-Modified-Since", future } }) {
			for (String method : new String[] { "HEAD", "GET" }) {
				HttpResponse<byte[]> answer = send(method, "future.png", headers);
				assertThat(answer.statusCode()).isIn(200, 206, 304);
				assertThat(answer).hasHeader("Last-Modified", header(answer, "Date"));
			}
		}
	}

	/** What was sent instead of the date names no version. */
	@Test
	void takesNoDateForAValidatorThatItMadeUp() throws Exception {
		String future = DateTimeFormatter.RFC_1123_DATE_TIME
			.format(Instant.now().plus(Duration.ofDays(2)).atOffset(ZoneOffset.UTC));
		objects.put("made-up.png", new StoredObject("image/png", future, PNG));
		String sent = header(send("GET", "made-up.png"), "Last-Modified");
		assertThat(send("GET", "made-up.png", "If-Modified-Since", sent).statusCode()).isEqualTo(200);
		assertThat(send("GET", "made-up.png", "If-Unmodified-Since", sent).statusCode()).isEqualTo(412);
		assertThat(send("GET", "made-up.png", "Range", "bytes=0-9", "If-Range", sent).statusCode()).isEqualTo(200);
		assertThat(send("GET", "made-up.png", "Range", "bytes=0-9", "If-Range", future).statusCode()).isEqualTo(200);
	}

	@Test
	void keepsAnEmptyObjectForAMinuteOnly() throws Exception {
		objects.put("empty.png", new StoredObject("image/png", LONG_AGO, new byte[0]));
		for (int i = 0; i < 3; i++) {
			assertEmpty(200, send("GET", "empty.png"));
			assertEmpty(200, send("HEAD", "empty.png"));
			assertEmpty(304, send("GET", "empty.png", "If-None-Match", "*"));
			assertEmpty(304, send("GET", "empty.png", "If-Modified-Since", LONG_AGO));
		}
		objects.put("empty.png", new StoredObject("image/png", LONG_AGO, PNG));
		HttpResponse<byte[]> answer = send("GET", "empty.png");
		assertThat(answer).hasBody(PNG).hasHeader("Cache-Control", "public, max-age=31536000, immutable");
	}

	private static void assertEmpty(int status, HttpResponse<byte[]> answer) {
		assertThat(answer).hasStatus(status)
			.hasNoBody()
			.hasHeader("Cache-Control", "public, max-age=60")
			.hasHeader("Content-Type", "image/png");
		assertThat(header(answer, "Cache-Status")).doesNotContain("stored", "hit");
	}

	private static HttpResponse<byte[]> send(String method, String key, String... headers) throws Exception {
		return origin.send(method, origin.image(key), headers);
	}

	private static String header(HttpResponse<byte[]> response, String name) {
		return response.headers().firstValue(name).orElse("");
	}

	private static void answer(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath();
		StoredObject object = objects.get(path.substring(path.lastIndexOf('/') + 1));
		String range = exchange.getRequestHeaders().getFirst("Range");
		Headers headers = exchange.getResponseHeaders();
		headers.set("Content-Type", object.type());
		headers.set("Last-Modified", object.lastModified());
		headers.set("ETag", "\"" + Arrays.hashCode(object.bytes()) + "\"");
		byte[] bytes = object.bytes();
		if (range != null) {
			String[] ends = range.substring("bytes=".length()).split("-", -1);
			bytes = Arrays.copyOfRange(bytes, Integer.parseInt(ends[0]), Integer.parseInt(ends[1]) + 1);
			headers.set("Content-Range", "bytes " + ends[0] + "-" + ends[1] + "/" + object.bytes().length);
		}
		headers.set("Content-Length", String.valueOf(bytes.length));
		boolean bodiless = exchange.getRequestMethod().equals("HEAD") || bytes.length == 0;
		exchange.sendResponseHeaders((range != null) ? 206 : 200, bodiless ? -1 : bytes.length);
		if (!bodiless) {
			exchange.getResponseBody().write(bytes);
		}
		exchange.close();
	}

	@SuppressWarnings("ArrayRecordComponent")
	private record StoredObject(String type, String lastModified, byte[] bytes) {

	}

}
