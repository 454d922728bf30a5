package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.harness.ScriptedS3.Request;
import ai.doxle.imageorigin.harness.ScriptedS3.Response;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client that asks for objects that S3 does not give, as fast as it can, beside those
 * who read good images that nobody has read before.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadObjectsIT {

	private static final int READERS = 20;

	private static final int IMAGES_EACH = 30;

	private static final int BAD_REQUESTS = 4_000;

	private static final int BAD_AT_ONCE = 32;

	private static final S3Object IMAGE = S3Object.of(SampleImages.noise(40, 1));

	private static final List<Response> REFUSALS = List.of(Response.error(400, "InvalidRequest"),
			Response.error(400, "KMS.DisabledException"), Response.error(403, "InvalidObjectState"),
			Response.error(403, "AccessDenied"), Response.error(405, "MethodNotAllowed"),
			Response.error(409, "OperationAborted"), Response.error(301, "PermanentRedirect"),
			Response.error(400, "XMinioInvalidObjectName"));

	@Test
	void nobodyElseNoticesThem(CapturedOutput output) throws Exception {
		try (ScriptedS3 s3 = new ScriptedS3(BadObjectsIT::answer);
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings());
				ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<List<Integer>>> bad = IntStream.range(0, BAD_AT_ONCE)
				.mapToObj((i) -> clients.submit(() -> askForBadOnes(origin, i)))
				.toList();
			List<Future<List<Integer>>> good = IntStream.range(0, READERS)
				.mapToObj((i) -> clients.submit(() -> readGoodOnes(origin, i)))
				.toList();
			Map<Integer, Integer> read = count(good);
			Map<Integer, Integer> refused = count(bad);
			assertThat(read).isEqualTo(Map.of(200, READERS * IMAGES_EACH));
			assertThat(refused.keySet()).containsExactly(404, 502);
			assertThat(output.toString().lines().filter((line) -> line.contains(" WARN "))).hasSizeLessThan(50);
			assertThat(output).contains("check the role's right", "answered 403 InvalidObjectState");
		}
	}

	private static Properties settings() {
		Properties properties = OriginSettings.open();
		return properties;
	}

	private static Response answer(Request request) {
		return request.key().startsWith("good") ? IMAGE.answer(request)
				: REFUSALS.get(Math.floorMod(request.key().hashCode(), REFUSALS.size()));
	}

	private static List<Integer> askForBadOnes(RunningOrigin origin, int client) throws Exception {
		List<Integer> statuses = new ArrayList<>();
		for (int i = 0; i < BAD_REQUESTS / BAD_AT_ONCE; i++) {
			statuses.add(origin.get(origin.image("bad/" + client + "/" + i)).statusCode());
		}
		return statuses;
	}

	private static List<Integer> readGoodOnes(RunningOrigin origin, int reader)
			throws IOException, InterruptedException {
		List<Integer> statuses = new ArrayList<>();
		for (int i = 0; i < IMAGES_EACH; i++) {
			var response = origin.get(origin.image("good/" + reader + "/" + i));
			assertThat(response.body()).isEqualTo(IMAGE.bytes());
			statuses.add(response.statusCode());
		}
		return statuses;
	}

	private static Map<Integer, Integer> count(List<Future<List<Integer>>> answers) throws Exception {
		Map<Integer, Integer> counts = new TreeMap<>();
		for (Future<List<Integer>> some : answers) {
			some.get().forEach((status) -> counts.merge(status, 1, Integer::sum));
		}
		return counts;
	}

}
