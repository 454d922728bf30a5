package ai.doxle.imageorigin.admin.events.payload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class EventReaderTests {

	private static final String FLOWER = "projects/1/red flower+ä.jpg";

	private static final Instant TIME = Instant.parse("2026-11-28T17:29:02.106Z");

	private final EventReader reader = new EventReader(JsonMapper.shared());

	@Test
	void readsUploadsToS3() throws IOException {
		assertThat(read("s3-created.json"))
			.containsExactly(new ImageEvent.Created(object("doxle-annotations", FLOWER, "0055AED6DCD90281E5"),
					new ETag("d41d8cd98f00b204e9800998ecf8427e-3", false), 1024, TIME));
	}

	@Test
	void readsDeletionsByLifecycleRules() throws IOException {
		assertThat(read("s3-expired.json")).containsExactly(
				new ImageEvent.Removed(object("doxle-annotations", "projects/1/old.jpg", "0055AED6DCD90281E6"),
						Instant.parse("2026-11-28T17:30:00Z")));
	}

	@Test
	void readsEventsOfEventBridge() throws IOException {
		assertThat(read("eventbridge-created.json"))
			.containsExactly(new ImageEvent.Created(object("doxle-annotations", FLOWER, "617F08299329D189"),
					new ETag("b1946ac92492d2347c6235b4d2611184", false), 5, Instant.parse("2026-11-28T17:29:02Z")));
		assertThat(read("eventbridge-deleted.json")).containsExactly(new ImageEvent.Removed(
				object("doxle-annotations", FLOWER, "617F0837B476E463"), Instant.parse("2026-11-28T17:29:03Z")));
	}

	@Test
	void readsWhatATopicWraps() throws IOException {
		assertThat(read("sns.json")).isEqualTo(read("s3-created.json"));
	}

	/** As a real server of release 2025-09-07 sent them. */
	@Test
	void readsEventsOfMinio() throws IOException {
		List<ImageEvent> events = lines("minio.ndjson").stream().map(this::only).toList();
		assertThat(events).hasSize(5);
		assertThat(events.get(0)).isEqualTo(new ImageEvent.Created(object("images", FLOWER, "18EC45A8A8C2F48E"),
				new ETag("b1946ac92492d2347c6235b4d2611184", false), 6, TIME));
		assertThat(events.get(2)).isEqualTo(new ImageEvent.Removed(object("images", FLOWER, "18EC45A8AF483BE6"),
				Instant.parse("2026-11-28T17:29:02.211Z")));
		assertThat(events).map(Object::getClass)
			.containsExactly(ImageEvent.Created.class, ImageEvent.Created.class, ImageEvent.Removed.class,
					ImageEvent.Created.class, ImageEvent.Removed.class);
		assertThat(((ImageEvent.OfObject) events.get(4)).object().key()).isEqualTo("v.jpg");
	}

	@Test
	void knowsTestEventsAndOtherKinds() throws IOException {
		assertThat(read("s3-test.json"))
			.containsExactly(new ImageEvent.Other("s3:TestEvent", Instant.parse("2026-11-28T17:00:00Z")));
		assertThat(only("{\"Type\":\"SubscriptionConfirmation\",\"TopicArn\":\"arn:aws:sns:eu-west-2:1:t\"}"))
			.isEqualTo(new ImageEvent.Other("sns:SubscriptionConfirmation", null));
		assertThat(only("{\"detail-type\":\"Object Tags Added\",\"detail\":{}}"))
			.isEqualTo(new ImageEvent.Other("Object Tags Added", null));
		assertThat(only(record("ObjectTagging:Put", "2.3", "a.jpg")))
			.isEqualTo(new ImageEvent.Other("ObjectTagging:Put", null));
		assertThat(only(record("ObjectCreated:Put", "3.0", "a.jpg")))
			.isEqualTo(new ImageEvent.Other("ObjectCreated:Put of version 3.0", null));
	}

	@ParameterizedTest
	@CsvSource({ "a+b.jpg,a b.jpg", "a%20b.jpg,a b.jpg", "a%2Bb.jpg,a+b.jpg", "100%25.jpg,100%.jpg",
			"%C3%A4%CC%88.jpg,ä\u0308.jpg", "a%2Fb.jpg,a/b.jpg", "a/b.jpg,a/b.jpg", "a%252Fb.jpg,a%2Fb.jpg" })
	void decodesKeysOnce(String written, String key) {
		ImageEvent event = only(record("ObjectCreated:Put", "2.1", written));
		assertThat(((ImageEvent.Created) event).object().key()).isEqualTo(key);
	}

	@Test
	void takesTheLongestKeys() {
		String key = "ä".repeat(512);
		ImageEvent event = only(record("ObjectCreated:Put", "2.1", "%C3%A4".repeat(512)));
		assertThat(((ImageEvent.Created) event).object().key()).isEqualTo(key);
	}

	@Test
	void takesManyRecords() {
		String one = record("ObjectCreated:Put", "2.1", "a.jpg").replaceAll("^\\{\"Records\":\\[|\\]\\}$", "");
		String many = IntStream.range(0, 10_000)
			.mapToObj((i) -> one)
			.collect(Collectors.joining(",", "{\"Records\":[", "]}"));
		assertThat(this.reader.read(many.getBytes(StandardCharsets.UTF_8))).hasSize(10_000);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "x", "[]", "null", "42", "{}", "{\"Records\":{}}", "{\"Records\":[]}",
			"{\"Records\":[42]}", "{\"Records\":[{}]}", "{\"Type\":\"Notification\",\"TopicArn\":\"t\"}",
			"{\"Type\":\"Notification\",\"TopicArn\":\"t\",\"Message\":\"x\"}", "{\"Records\":[",
			"{\"image-origin\":\"purge\",\"version\":1,\"id\":\"1\",\"from\":\"x\",\"key\":\"a\"}",
			"{\"image-origin\":\"purge\",\"version\":1,\"id\":\"1\",\"from\":\"x\",\"time\":\"2026-11-28T17:00:00Z\"}" })
	void refusesWhatIsNoEvent(String body) {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.reader.read(body.getBytes(StandardCharsets.UTF_8)));
	}

	@Test
	void refusesKeysWithIncompleteEscapes() {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> only(record("ObjectCreated:Put", "2.1", "a%2.jpg")))
			.withMessageContaining("percent-escape");
	}

	@Test
	void refusesTopicsWithinTopics() {
		String body = "{}";
		for (int i = 0; i < 4; i++) {
			body = JsonMapper.shared()
				.writeValueAsString(java.util.Map.of("Type", "Notification", "TopicArn", "t", "Message", body));
		}
		String nested = body;
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> only(nested))
			.withMessageContaining("several times");
	}

	@ParameterizedTest
	@CsvSource({ "2,10", "00F,10", "ff,0100", "0055AED6DCD90281E5,55aed6dcd90281e6" })
	void comparesSequencersOfDifferentLengths(String earlier, String later) {
		assertThat(Sequencer.parse(earlier).digits()).hasSize(Sequencer.LENGTH)
			.isLessThan(Sequencer.parse(later).digits());
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "xyz", "-1", "0x10" })
	void knowsNoOtherSequencers(String text) {
		assertThat(Sequencer.parse(text)).isNull();
	}

	@Test
	void readsThePurgesItWrites() {
		for (ImageSelection selection : List.of(new ImageSelection.OneImage(new ImageKey("a b/ä+%2F.jpg")),
				new ImageSelection.Below("projects/8 0"), new ImageSelection.Tagged("project:123"))) {
			ImageEvent.PurgeAsked purge = new ImageEvent.PurgeAsked("id-1", selection, "eu-west-2", TIME);
			assertThat(only(PurgeMessages.write(JsonMapper.shared(), purge))).isEqualTo(purge);
		}
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> PurgeMessages
			.write(JsonMapper.shared(), new ImageEvent.PurgeAsked("1", new ImageSelection.All(), "x", TIME)));
	}

	private static ImageEvent.StoredObject object(String bucket, String key, String sequencer) {
		return new ImageEvent.StoredObject(bucket, key, Sequencer.parse(sequencer));
	}

	private static String record(String name, String version, String key) {
		return "{\"Records\":[{\"eventVersion\":\"" + version + "\",\"eventName\":\"" + name
				+ "\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"" + key + "\"}}}]}";
	}

	private ImageEvent only(String body) {
		List<ImageEvent> events = this.reader.read(body.getBytes(StandardCharsets.UTF_8));
		assertThat(events).hasSize(1);
		return events.getFirst();
	}

	private List<ImageEvent> read(String file) throws IOException {
		return this.reader.read(resource(file));
	}

	private static List<String> lines(String file) throws IOException {
		return new String(resource(file), StandardCharsets.UTF_8).lines().toList();
	}

	private static byte[] resource(String file) throws IOException {
		try (InputStream stream = EventReaderTests.class.getResourceAsStream("/events/" + file)) {
			return stream.readAllBytes();
		}
	}

}
