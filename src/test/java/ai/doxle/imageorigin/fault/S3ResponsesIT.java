package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.harness.ScriptedS3.Request;
import ai.doxle.imageorigin.harness.ScriptedS3.Response;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table of docs/s3-responses.md: what a reader gets for each answer of S3, and what
 * it means for the bucket's breaker and its replica.
 */
class S3ResponsesIT {

	private static final String TABLE = "/s3-responses.csv";

	private static final S3Object IMAGE = S3Object
		.of(SampleImages.small().get(SampleImages.BLOCK + "floor.png").bytes());

	private static final String NO_BUCKET = "no-bucket";

	private static final String RANGE = "bytes=0-9";

	/** More than a breaker needs to open. */
	private static final int MANY = 12;

	private static final AtomicInteger keys = new AtomicInteger();

	private static ScriptedS3 s3;

	private static ScriptedS3 replica;

	private static RunningOrigin alone;

	private static RunningOrigin replicated;

	private static RunningOrigin withoutBucket;

	private static volatile Row row;

	/**
	 * An answer of S3 and what follows from it.
	 *
	 * @param code S3's error code, which answers to HEAD have not
	 * @param reader the status for a GET or a range
	 * @param counts whether the breaker counts it as a failure
	 * @param headReader the status for a HEAD
	 * @param headCounts the same for the answer without a code
	 */
	private record Row(int status, String code, int reader, boolean counts, int headReader, boolean headCounts) {

		Response answer(Request request) {
			if (request.isOfBucket()) {
				return Response.error(request.bucket().equals(NO_BUCKET) ? 404 : 200, "");
			}
			return Response.error(this.status, request.isHead() ? "" : this.code);
		}

	}

	@BeforeAll
	static void start() throws IOException {
		s3 = new ScriptedS3(S3ResponsesIT::answer);
		replica = new ScriptedS3(IMAGE::answer);
		alone = RunningOrigin.start(s3.originProperties(0), settings());
		withoutBucket = RunningOrigin.start(s3.originProperties(0, NO_BUCKET), settings());
		replicated = RunningOrigin.start(s3.originProperties(0), replica.originProperties(1), settings());
	}

	@AfterAll
	static void stop() throws IOException {
		alone.close();
		replicated.close();
		withoutBucket.close();
		s3.close();
		replica.close();
	}

	private static Properties settings() {
		Properties properties = OriginSettings.open().withoutMemory();
		return properties;
	}

	/** Keys with "range" have a good head, those with "good" are good. */
	private static Response answer(Request request) {
		boolean good = request.key().startsWith("good") || (request.key().startsWith("range") && request.isHead());
		return good ? IMAGE.answer(request) : row.answer(request);
	}

	@BeforeEach
	void closeBreakers() {
		for (RunningOrigin origin : List.of(alone, replicated, withoutBucket)) {
			origin.bean(CircuitBreakerRegistry.class).getAllCircuitBreakers().forEach(CircuitBreaker::reset);
		}
	}

	@ParameterizedTest
	@CsvFileSource(resources = TABLE, numLinesToSkip = 1)
	void answersReadersAsTheTableSays(int status, String code, int reader, boolean counts, int headReader,
			boolean headCounts) throws Exception {
		row = new Row(status, (code != null) ? code : "", reader, counts, headReader, headCounts);
		assertThat(ask(origin(), "GET", "bad").statusCode()).isEqualTo(reader);
		assertThat(ask(origin(), "HEAD", "bad").statusCode()).isEqualTo(headReader);
		HttpResponse<byte[]> range = ask(origin(), "GET", "range", "Range", RANGE);
		assertThat(range).hasStatus(reader);
		assertThat(range.headers().firstValue("Cache-Control").orElseThrow())
			.isEqualTo((reader == 404) ? "max-age=10" : "no-store");
		assertThat(range.headers().firstValue("Retry-After").isPresent()).isEqualTo(reader == 503);
		assertThat(new String(range.body(), StandardCharsets.UTF_8)).doesNotContain("secret", "bucket", "Exception");
	}

	@ParameterizedTest
	@CsvFileSource(resources = TABLE, numLinesToSkip = 1)
	void opensTheBreakerForNothingElse(int status, String code, int reader, boolean counts, int headReader,
			boolean headCounts) throws Exception {
		row = new Row(status, (code != null) ? code : "", reader, counts, headReader, headCounts);
		askMany("GET", "bad");
		assertThat(closed()).isEqualTo(!counts);
		closeBreakers();
		askMany("GET", "range", "Range", RANGE);
		assertThat(closed()).isEqualTo(!counts);
		closeBreakers();
		askMany("HEAD", "bad");
		assertThat(closed()).isEqualTo(!headCounts);
	}

	@ParameterizedTest
	@CsvFileSource(resources = TABLE, numLinesToSkip = 1)
	void keepsAHalfOpenBreakerFromClosingForNothingElse(int status, String code, int reader, boolean counts,
			int headReader, boolean headCounts) throws Exception {
		row = new Row(status, (code != null) ? code : "", reader, counts, headReader, headCounts);
		halfOpen();
		askMany("GET", "bad");
		assertThat(closed()).isEqualTo(!counts);
		halfOpen();
		askMany("HEAD", "bad");
		assertThat(closed()).isEqualTo(!headCounts);
		halfOpen();
		ask(origin(), "GET", "bad");
		assertThat(ask(origin(), "GET", "good").statusCode()).isEqualTo(200);
	}

	@ParameterizedTest
	@CsvFileSource(resources = TABLE, numLinesToSkip = 1)
	void asksTheReplica(int status, String code, int reader, boolean counts, int headReader, boolean headCounts)
			throws Exception {
		row = new Row(status, (code != null) ? code : "", reader, counts, headReader, headCounts);
		assertThat(ask(replicated, "GET", "bad").body()).isEqualTo(IMAGE.bytes());
		assertThat(ask(replicated, "HEAD", "bad").statusCode()).isEqualTo(200);
		assertThat(ask(replicated, "GET", "range", "Range", RANGE).statusCode()).isEqualTo(206);
	}

	private static void halfOpen() {
		breaker().transitionToOpenState();
		breaker().transitionToHalfOpenState();
	}

	/** After some seconds an open breaker is half open. */
	private static boolean closed() {
		return breaker().getState() == State.CLOSED;
	}

	private static RunningOrigin origin() {
		return row.code().equals("NoSuchBucket") ? withoutBucket : alone;
	}

	private static CircuitBreaker breaker() {
		return origin().bean(CircuitBreakerRegistry.class).getAllCircuitBreakers().iterator().next();
	}

	private static HttpResponse<byte[]> ask(RunningOrigin origin, String method, String kind, String... headers)
			throws IOException, InterruptedException {
		return origin.send(method, origin.image(kind + keys.incrementAndGet()), headers);
	}

	private static void askMany(String method, String kind, String... headers) throws Exception {
		try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Callable<HttpResponse<byte[]>>> all = IntStream.range(0, MANY)
				.<Callable<HttpResponse<byte[]>>>mapToObj((i) -> () -> ask(origin(), method, kind, headers))
				.toList();
			for (Future<HttpResponse<byte[]>> answer : readers.invokeAll(all)) {
				answer.get();
			}
		}
	}

}
