package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
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
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Entity tags as S3 servers send them, weak ones too, and objects that change all the
 * time.
 */
@ExtendWith(OutputCaptureExtension.class)
class S3VersionsIT {

	private static final String WEAK = "W/\"one\"";

	private static final S3Object IMAGE = S3Object.of(SampleImages.noise(300, 1));

	private ScriptedS3 s3;

	private RunningOrigin origin;

	private void start(Script script) throws IOException {
		this.s3 = new ScriptedS3(script);
		Properties settings = OriginSettings.open().withoutMemory();
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings);
	}

	@AfterEach
	void stop() throws IOException {
		this.origin.close();
		this.s3.close();
	}

	@Test
	void aWeakTagStaysWeak() throws Exception {
		start(IMAGE.withTag(WEAK)::answer);
		HttpResponse<byte[]> whole = get();
		assertThat(whole).hasBody(IMAGE.bytes()).hasHeader("ETag", WEAK);
		HttpResponse<byte[]> range = get("Range", "bytes=1000-200000");
		assertThat(range).hasStatus(206)
			.hasHeader("ETag", WEAK)
			.hasBody(Arrays.copyOfRange(IMAGE.bytes(), 1000, 200_001));
		assertThat(get("If-None-Match", WEAK).statusCode()).isEqualTo(304);
		assertThat(get("If-Match", WEAK).statusCode()).isEqualTo(412);
		assertThat(get("Range", "bytes=0-9", "If-Range", WEAK).statusCode()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 8_192, 150_001 })
	void aBrokenBodyWithAWeakTagIsResumed(int sent) throws Exception {
		S3Object weak = IMAGE.withTag(WEAK);
		AtomicInteger gets = new AtomicInteger();
		start((request) -> breaksFirst(weak.answer(request), request, gets, sent));
		assertThat(get().body()).isEqualTo(IMAGE.bytes());
		assertThat(gets).hasValue(2);
	}

	@Test
	void aConditionThatIsRefusedAlthoughItHoldsCostsOneMoreRequest() throws Exception {
		start((request) -> request.headers().containsKey("if-match") ? Response.error(412, "PreconditionFailed")
				: IMAGE.answer(request));
		HttpResponse<byte[]> range = get("Range", "bytes=0-9");
		assertThat(range).hasStatus(206).hasBody(Arrays.copyOf(IMAGE.bytes(), 10));
	}

	/** A whole image is one read, and so always of one version. */
	@Test
	void anObjectThatChangesAllTheTimeIsBusy(CapturedOutput output) throws Exception {
		AtomicInteger version = new AtomicInteger();
		start((request) -> IMAGE.withTag("\"" + version.incrementAndGet() + "\"").answer(request));
		assertThat(get().statusCode()).isEqualTo(200);
		HttpResponse<byte[]> range = get("Range", "bytes=0-9");
		assertThat(range).hasStatus(503).hasHeader("Retry-After", "1").hasHeader("Cache-Control", "no-store");
		assertThat(output).doesNotContain("ERROR", "Unexpected failure", "RetryExhausted");
	}

	/** The condition holds for every version, and each has other bytes. */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void aConditionIsNeverMetWithBytesOfAnotherVersion(int requests) throws Exception {
		AtomicInteger asked = new AtomicInteger();
		start((request) -> version(request.isOfBucket() ? 0 : asked.getAndIncrement() / requests).answer(request));
		String every = IntStream.range(0, 100).mapToObj((number) -> version(number).tag()).collect(joining(", "));
		List<Integer> statuses = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			HttpResponse<byte[]> response = get("If-Match", every);
			statuses.add(response.statusCode());
			if (response.statusCode() != 503) {
				String tag = response.headers().firstValue("ETag").orElseThrow();
				assertThat(response).hasStatus(200).hasBody(version(Integer.parseInt(tag.replace("\"", ""))).bytes());
			}
		}
		assertThat(statuses).contains((requests == 1) ? 503 : 200);
	}

	@Test
	void aCodedObjectIsTheSameHoweverItIsAskedFor() throws Exception {
		start(IMAGE.with("Content-Encoding", "gzip").with("Content-Type", "image/svg+xml")::answer);
		HttpResponse<byte[]> whole = get();
		assertThat(whole.body()).isEqualTo(IMAGE.bytes());
		HttpResponse<byte[]> head = this.origin.send("HEAD", this.origin.image("a.svgz"));
		HttpResponse<byte[]> range = get("Range", "bytes=5-14");
		assertThat(range).hasBody(Arrays.copyOfRange(IMAGE.bytes(), 5, 15))
			.hasHeader("Content-Range", "bytes 5-14/" + IMAGE.bytes().length);
		assertThat(head).hasHeader("Content-Length", Integer.toString(IMAGE.bytes().length));
		for (HttpResponse<byte[]> response : List.of(whole, head, range)) {
			assertThat(response).hasHeader("Content-Encoding", "gzip").hasHeader("ETag", IMAGE.tag());
		}
	}

	private static S3Object version(int number) {
		return S3Object.of(SampleImages.noise(20, number)).withTag("\"" + number + "\"");
	}

	private static Response breaksFirst(Response answer, Request request, AtomicInteger gets, int sent) {
		return (request.method().equals("GET") && gets.incrementAndGet() == 1) ? answer.brokenAfter(sent) : answer;
	}

	private HttpResponse<byte[]> get(String... headers) throws IOException, InterruptedException {
		return this.origin.get(this.origin.image("a.png"), headers);
	}

}
