package ai.doxle.imageorigin.region;

import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.RunningOrigin;

/**
 * Events as buckets send them, and what an origin says of them.
 */
final class EventMessages {

	static final String BUCKET = "images";

	private EventMessages() {
	}

	static String created(String key, String etag, long size, String sequencer) {
		return event("ObjectCreated:Put", key,
				Map.of("eTag", etag.replace("\"", ""), "size", size, "sequencer", sequencer));
	}

	static String removed(String key, String sequencer) {
		return event("ObjectRemoved:Delete", key, Map.of("sequencer", sequencer));
	}

	private static String event(String name, String key, Map<String, Object> details) {
		Map<String, Object> object = new LinkedHashMap<>(details);
		object.put("key", URLEncoder.encode(key, StandardCharsets.UTF_8));
		return JsonMapper.shared()
			.writeValueAsString(Map.of("Records", List.of(Map.of("eventVersion", "2.1", "eventName", name, "eventTime",
					Instant.now().toString(), "s3", Map.of("bucket", Map.of("name", BUCKET), "object", object)))));
	}

	/** One record many times. */
	static String repeated(String body, int times) {
		String one = JsonMapper.shared().readTree(body).path("Records").get(0).toString();
		return IntStream.range(0, times).mapToObj((i) -> one).collect(Collectors.joining(",", "{\"Records\":[", "]}"));
	}

	/** A key in a URL. */
	static String path(String key) {
		return URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
	}

	/** Which tiers hold an image. */
	static JsonNode find(RunningOrigin origin, String key, String authorization) throws Exception {
		HttpResponse<byte[]> response = origin.get(
				origin.management("/actuator/images?key=" + URLEncoder.encode(key, StandardCharsets.UTF_8)),
				"Authorization", authorization);
		return JsonMapper.shared().readTree(response.body());
	}

	/** How many events have ended so. */
	static double outcomes(RunningOrigin origin, String kind, String outcome) throws Exception {
		return metric(origin, "image_origin_events_total{kind=\"" + kind + "\",outcome=\"" + outcome + "\"}");
	}

	static double metric(RunningOrigin origin, String series) throws Exception {
		byte[] metrics = origin.get(origin.management("/actuator/prometheus")).body();
		return new String(metrics, StandardCharsets.UTF_8).lines()
			.filter((line) -> line.startsWith(series + " "))
			.mapToDouble((line) -> Double.parseDouble(line.substring(series.length() + 1)))
			.findFirst()
			.orElse(0);
	}

}
