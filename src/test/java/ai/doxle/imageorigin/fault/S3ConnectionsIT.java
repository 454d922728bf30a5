package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.harness.ScriptedS3.Request;
import ai.doxle.imageorigin.harness.ScriptedS3.Response;
import ai.doxle.imageorigin.harness.ScriptedS3.Script;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections to S3 that break, end or fall silent: what is tried again, and how often.
 */
@ExtendWith(OutputCaptureExtension.class)
class S3ConnectionsIT {

	private static final S3Object IMAGE = S3Object.of(SampleImages.noise(300, 1));

	private final AtomicInteger asked = new AtomicInteger();

	private ScriptedS3 s3;

	private RunningOrigin origin;

	private void start(Script script) throws IOException {
		this.s3 = new ScriptedS3(script);
		Properties settings = OriginSettings.open().withoutMemory().with("image-origin.store.first-byte-timeout", "6s");
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings);
	}

	/** The first requests are answered with that, the others with the image. */
	private void startWith(int times, Response response) throws IOException {
		start((request) -> (this.asked.incrementAndGet() <= times) ? response : IMAGE.answer(request));
	}

	@AfterEach
	void stop() throws IOException {
		this.origin.close();
		this.s3.close();
	}

	@ParameterizedTest
	@CsvSource({ "GET, 1", "GET, 2", "HEAD, 2" })
	void asksAgainWhereConnectionsWereClosed(String method, int times) throws Exception {
		startWith(times, Response.CLOSE);
		assertThat(this.origin.send(method, this.origin.image("a.png")).statusCode()).isEqualTo(200);
		assertThat(this.asked).hasValue(times + 1);
	}

	@Test
	void givesUpAtTheThirdConnectionThatIsClosed() throws Exception {
		startWith(Integer.MAX_VALUE, Response.CLOSE);
		assertThat(get("a.png").statusCode()).isEqualTo(502);
		assertThat(this.asked).hasValue(3);
	}

	@ParameterizedTest
	@CsvSource({ "503, SlowDown, 503", "500, InternalError, 502" })
	void asksOnlyOnceMoreWhatIsRefused(int status, String code, int reader) throws Exception {
		startWith(Integer.MAX_VALUE, Response.error(status, code));
		assertThat(get("a.png").statusCode()).isEqualTo(reader);
		assertThat(this.asked).hasValue(2);
	}

	@ParameterizedTest
	@CsvSource({ "GET, 404, NoSuchKey", "HEAD, 404, ''", "GET, 400, InvalidRequest", "GET, 403, AccessDenied",
			"GET, 301, PermanentRedirect" })
	void keepsTheConnectionOfARefusal(String method, int status, String code) throws Exception {
		start((request) -> request.isOfBucket() ? IMAGE.answer(request) : Response.error(status, code));
		for (int i = 0; i < 50; i++) {
			assertThat(this.origin.send(method, this.origin.image(i + ".png")).statusCode()).isIn(404, 502);
		}
		assertThat(this.s3.requests().stream().map(Request::connection).distinct()).hasSizeLessThan(10);
	}

	@ParameterizedTest
	@CsvSource({ "GET, '', 64MB", "GET, '', 0", "HEAD, '', 64MB", "GET, bytes=0-99, 64MB", "GET, bytes=0-99, 0" })
	void keepsTheConnectionOfAnImage(String method, String range, String memory) throws Exception {
		this.s3 = new ScriptedS3(IMAGE::answer);
		Properties settings = OriginSettings.open().with("image-origin.cache.memory.max-size", memory);
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings);
		String[] headers = range.isEmpty() ? new String[0] : new String[] { "Range", range };
		for (int i = 0; i < 50; i++) {
			HttpResponse<byte[]> response = this.origin.send(method, this.origin.image(i + ".png"), headers);
			assertThat(response.statusCode()).isIn(200, 206);
		}
		assertThat(this.s3.requests().stream().map(Request::connection).distinct()).hasSizeLessThan(5);
	}

	@Test
	void asksAgainAfterManyRefusals() throws Exception {
		start((request) -> firstTime(request) ? Response.CLOSE
				: request.key().equals("good.png") ? IMAGE.answer(request) : Response.error(404, "NoSuchKey"));
		for (int i = 0; i < 150; i++) {
			assertThat(get(i + ".png").statusCode()).as("request " + i).isEqualTo(404);
		}
		assertThat(get("good.png")).hasStatus(200).hasBody(IMAGE.bytes());
	}

	private boolean firstTime(Request request) {
		return !request.isOfBucket() && this.s3.asked(request.key()) == 1;
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "HEAD" })
	void asksAgainWhereAConnectionStaysSilent(String method) throws Exception {
		startWith(1, Response.SILENCE);
		HttpResponse<byte[]> response = this.origin.send(method, this.origin.image("a.png"));
		assertThat(response).hasStatus(200);
		assertThat(this.asked).hasValue(2);
	}

	@ParameterizedTest
	@CsvSource({ "1, false", "8191, false", "8193, false", "199999, false", "1, true", "5000, true", "199999, true" })
	void resumesARangeWhereverItBreaks(int sent, boolean chunked) throws Exception {
		start((request) -> breaking(request, sent, chunked));
		HttpResponse<byte[]> range = this.origin.get(this.origin.image("a.png"), "Range", "bytes=0-199999");
		assertThat(range).hasStatus(206).hasBody(Arrays.copyOf(IMAGE.bytes(), 200_000));
		assertThat(this.asked).hasValue(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 8_191, 8_192, 250_000 })
	void resumesAnImageWhereverItBreaks(int sent) throws Exception {
		start((request) -> breaking(request, sent, false));
		assertThat(get("a.png").body()).isEqualTo(IMAGE.bytes());
		assertThat(this.asked).hasValue(2);
	}

	/** Answers have a length, always: where S3 tells none, none can be sent. */
	@Test
	void refusesAnImageOfUnknownLength() throws Exception {
		start((request) -> IMAGE.answer(request).chunked());
		assertThat(get("a.png").statusCode()).isEqualTo(502);
	}

	@Test
	void aReaderWhoLeavesIsNoWarning(CapturedOutput output) throws Exception {
		startWith(0, Response.CLOSE);
		for (int i = 0; i < 200; i++) {
			leave(i);
		}
		assertThat(get("last.png").statusCode()).isEqualTo(200);
		assertThat(output).doesNotContain("Request cancelled", "exceptionCaught()", "cancellation exception");
	}

	/** Hangs up at some point of the answer. */
	private void leave(int reader) throws IOException {
		try (Socket socket = new Socket("127.0.0.1", this.origin.port())) {
			socket.getOutputStream()
				.write(("GET /proxy-image/" + reader + ".png HTTP/1.1\r\nHost: a\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
			// all of it and the head would be more
			socket.getInputStream().readNBytes(List.of(0, 1, 5_000, 100_000, IMAGE.bytes().length).get(reader % 5));
		}
	}

	private Response breaking(Request request, int sent, boolean chunked) {
		Response answer = IMAGE.answer(request);
		if (request.isHead()) {
			return answer;
		}
		Response coded = chunked ? answer.chunked() : answer;
		return (this.asked.incrementAndGet() == 1) ? coded.brokenAfter(sent) : coded;
	}

	private HttpResponse<byte[]> get(String key) throws IOException, InterruptedException {
		return this.origin.get(this.origin.image(key));
	}

}
