package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

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

	private static Response breaksFirst(Response answer, Request request, AtomicInteger gets, int sent) {
		return (request.method().equals("GET") && gets.incrementAndGet() == 1) ? answer.brokenAfter(sent) : answer;
	}

	private HttpResponse<byte[]> get(String... headers) throws IOException, InterruptedException {
		return this.origin.get(this.origin.image("a.png"), headers);
	}

}
