package ai.doxle.imageorigin.access.viewer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A custom policy of CloudFront: which URLs it allows, and when.
 *
 * @param resource the URLs
 * @param starts it is valid after that moment; {@link Instant#MIN} where it names none
 * @param expires it is valid before that moment
 */
record CookiePolicy(UrlPattern resource, Instant starts, Instant expires) {

	private static final Set<String> STATEMENT = Set.of("Resource", "Condition");

	private static final Set<String> CONDITIONS = Set.of("DateLessThan", "DateGreaterThan");

	private static final String TIME = "AWS:EpochTime";

	/** What CloudFront knows of time ends in January 2038. */
	private static final long MAX_TIME = Integer.MAX_VALUE;

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	/**
	 * Reads a policy strictly: one statement with one {@code Resource}, without which
	 * CloudFront would allow everything; {@code DateLessThan} is needed,
	 * {@code DateGreaterThan} obeyed; anything else, {@code IpAddress} included, is
	 * refused, since the viewer's address is not known here.
	 * @param json the policy as it was signed, in UTF-8
	 * @throws InvalidCookiesException if it is anything else
	 */
	static CookiePolicy parse(byte[] json) {
		JsonNode statement = onlyElement(object(tree(json), Set.of("Statement")).path("Statement"));
		JsonNode conditions = object(object(statement, STATEMENT).path("Condition"), CONDITIONS);
		Instant expires = time(conditions.get("DateLessThan"));
		JsonNode start = conditions.get("DateGreaterThan");
		return new CookiePolicy(resource(statement.get("Resource")), (start != null) ? time(start) : Instant.MIN,
				expires);
	}

	private static JsonNode tree(byte[] json) {
		try {
			return JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString());
		}
		catch (CharacterCodingException | JacksonException ex) {
			throw new InvalidCookiesException("the policy is not JSON");
		}
	}

	/** An object that has no other members. */
	private static JsonNode object(JsonNode node, Set<String> members) {
		if (!node.isObject() || !members.containsAll(node.propertyNames())) {
			throw new InvalidCookiesException("the policy has another form, or conditions that are not supported");
		}
		return node;
	}

	private static JsonNode onlyElement(JsonNode statements) {
		if (!statements.isArray() || statements.size() != 1) {
			throw new InvalidCookiesException("the policy has none or several statements");
		}
		return statements.get(0);
	}

	private static UrlPattern resource(@Nullable JsonNode resource) {
		if (resource == null || !resource.isString() || resource.stringValue().isEmpty()) {
			throw new InvalidCookiesException("the policy names no resource");
		}
		return new UrlPattern(resource.stringValue());
	}

	private static Instant time(@Nullable JsonNode condition) {
		JsonNode time = (condition != null) ? object(condition, Set.of(TIME)).get(TIME) : null;
		if (time == null || !time.isIntegralNumber() || !time.canConvertToLong() || time.longValue() < 0
				|| time.longValue() > MAX_TIME) {
			throw new InvalidCookiesException("the policy has no valid time");
		}
		return Instant.ofEpochSecond(time.longValue());
	}

	/**
	 * Checks the time, without any skew, as CloudFront does.
	 * @throws InvalidCookiesException if it is too late or too early
	 */
	void requireCurrent(Instant now) {
		if (!now.isBefore(this.expires)) {
			throw new InvalidCookiesException("they have expired");
		}
		if (!now.isAfter(this.starts)) {
			throw new InvalidCookiesException("they are not valid yet");
		}
	}

}
