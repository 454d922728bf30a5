package ai.doxle.imageorigin.operation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a running origin counts, and that the dashboard asks for nothing else.
 */
class MetricsIT {

	/** A metric's name in PromQL is followed by its labels. */
	private static final Pattern QUERIED = Pattern.compile("([a-z_][a-z0-9_]*)\\{");

	private static final Pattern EXPOSED = Pattern.compile("(?m)^([a-z_][a-z0-9_]*)(?:\\{| )");

	private static final String KEY = SampleImages.BLOCK + "img.jpg";

	private static final Sample SAMPLE = SampleImages.small().get(KEY);

	private static LocalS3 s3;

	private static LocalRedis redis;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() throws Exception {
		s3 = LocalS3.start("images");
		s3.put(KEY, SAMPLE.contentType(), SAMPLE.bytes());
		Properties open = OriginSettings.open();
		redis = LocalRedis.start();
		origin = RunningOrigin.start(s3.originProperties(0), redis.originProperties(), open);
		origin.get(origin.image(KEY));
		// the last byte of an answer comes before its image is in memory
		await().until(() -> value(scrape(), "image_origin_cache_images") == 1);
		origin.get(origin.image(KEY));
		origin.get(origin.image("absent.jpg"));
		System.gc();
	}

	@AfterAll
	static void stop() {
		origin.close();
		redis.close();
		s3.close();
	}

	@Test
	void hasEveryMetricOfTheDashboard() throws Exception {
		Set<String> queried = queried();
		assertThat(queried).hasSizeGreaterThan(20);
		assertThat(exposed()).containsAll(queried);
	}

	@Test
	void showsEveryMetricOfItsOwnOnTheDashboard() throws Exception {
		Set<String> own = exposed().stream()
			.filter((name) -> name.startsWith("image_origin_"))
			.filter((name) -> !name.matches(".*_(sum|max|count|bucket)"))
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(queried()).containsAll(own);
	}

	@Test
	void countsRequestsAndBytesByTier() throws Exception {
		String metrics = scrape();
		assertThat(value(metrics, "image_origin_requests_total{result=\"found\",tier=\"store\"}")).isEqualTo(1);
		assertThat(value(metrics, "image_origin_requests_total{result=\"found\",tier=\"memory\"}")).isEqualTo(1);
		assertThat(value(metrics, "image_origin_requests_total{result=\"absent\",tier=\"store\"}")).isEqualTo(1);
		assertThat(value(metrics, "image_origin_bytes_total{tier=\"memory\"}")).isEqualTo(SAMPLE.bytes().length);
		assertThat(value(metrics, "image_origin_bytes_total{tier=\"store\"}")).isEqualTo(SAMPLE.bytes().length);
		assertThat(value(metrics, "image_origin_loads_seconds_count{outcome=\"complete\",source=\"store\"}"))
			.isEqualTo(1);
	}

	@Test
	void countsTheStore() throws Exception {
		String metrics = scrape();
		assertThat(value(metrics, "image_origin_store_bytes_total")).isEqualTo(SAMPLE.bytes().length);
		assertThat(value(metrics, "image_origin_store_answers_seconds_count{operation=\"open\",outcome=\"found\"}"))
			.isEqualTo(1);
		assertThat(value(metrics, "image_origin_store_answers_seconds_count{operation=\"open\",outcome=\"absent\"}"))
			.isEqualTo(1);
	}

	@Test
	void measuresMemory() throws Exception {
		String metrics = scrape();
		assertThat(value(metrics, "image_origin_memory_used_bytes{use=\"cached\"}")).isEqualTo(SAMPLE.bytes().length);
		assertThat(value(metrics, "image_origin_memory_limit_bytes{use=\"cached\"}")).isEqualTo(256 << 20);
		assertThat(value(metrics, "image_origin_cache_images")).isEqualTo(1);
		assertThat(value(metrics, "image_origin_cache_size_bytes")).isEqualTo(footprint() + 1024);
		assertThat(value(metrics, "image_origin_cache_evictions_total")).isEqualTo(0);
		assertThat(value(metrics, "image_origin_loads_active")).isEqualTo(0);
	}

	/** On Linux the image lies in a file. */
	private static int footprint() {
		int length = SAMPLE.bytes().length;
		return OS.LINUX.isCurrentOs() ? Math.ceilDiv(length, 4096) * 4096 + 3072 : length;
	}

	private static Set<String> queried() throws IOException {
		JsonNode dashboard = JsonMapper.shared()
			.readTree(Files.readAllBytes(Path.of("observability/grafana/dashboards/image-origin.json")));
		return dashboard.findValues("expr")
			.stream()
			.flatMap((expression) -> QUERIED.matcher(expression.asString()).results())
			.map((match) -> match.group(1))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> exposed() throws Exception {
		return EXPOSED.matcher(scrape())
			.results()
			.map((MatchResult match) -> match.group(1))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static double value(String metrics, String series) {
		return metrics.lines()
			.filter((line) -> line.startsWith(series + " "))
			.mapToDouble((line) -> Double.parseDouble(line.substring(series.length() + 1)))
			.findFirst()
			.orElse(Double.NaN);
	}

	private static String scrape() throws Exception {
		return new String(origin.get(origin.management("/actuator/prometheus")).body(), StandardCharsets.UTF_8);
	}

}
