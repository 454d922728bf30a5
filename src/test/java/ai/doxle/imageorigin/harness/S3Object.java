package ai.doxle.imageorigin.harness;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import ai.doxle.imageorigin.harness.ScriptedS3.Request;
import ai.doxle.imageorigin.harness.ScriptedS3.Response;

/**
 * An object, and how S3 answers for it: whole, by range, and only if it is the version
 * that was asked for ({@code If-Match}, by strong comparison).
 *
 * @param tag its entity tag, with quotes and with {@code W/} if it is weak
 * @param more further header fields
 */
@SuppressWarnings("ArrayRecordComponent")
public record S3Object(byte[] bytes, String tag, Map<String, String> more) {

	private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

	/** An object with a strong tag. */
	public static S3Object of(byte[] bytes) {
		return new S3Object(bytes, "\"one\"", Map.of());
	}

	public S3Object withTag(String other) {
		return new S3Object(this.bytes, other, this.more);
	}

	public S3Object with(String header, String value) {
		Map<String, String> headers = new LinkedHashMap<>(this.more);
		headers.put(header, value);
		return new S3Object(this.bytes, this.tag, headers);
	}

	/** S3's answer. */
	public Response answer(Request request) {
		if (request.isOfBucket()) {
			return Response.of(200, Map.of("Content-Length", "0"), new byte[0]);
		}
		String condition = request.headers().get("if-match");
		if (condition != null && (this.tag.startsWith("W/") || !condition.equals(this.tag))) {
			return Response.error(412, request.isHead() ? "" : "PreconditionFailed");
		}
		Matcher range = RANGE.matcher(request.headers().getOrDefault("range", ""));
		return range.matches() ? part(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)))
				: Response.of(200, headers(this.bytes.length), this.bytes);
	}

	private Response part(int first, int last) {
		byte[] part = Arrays.copyOfRange(this.bytes, first, Math.min(last + 1, this.bytes.length));
		Map<String, String> headers = headers(part.length);
		headers.put("Content-Range", "bytes " + first + "-" + (first + part.length - 1) + "/" + this.bytes.length);
		return Response.of(206, headers, part);
	}

	private Map<String, String> headers(int length) {
		Map<String, String> headers = new LinkedHashMap<>();
		headers.put("Content-Type", "image/png");
		headers.put("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT");
		headers.put("ETag", this.tag);
		headers.put("Content-Length", Integer.toString(length));
		headers.putAll(this.more);
		return headers;
	}

}
