package ai.doxle.imageorigin.admin.endpoint;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.util.UriUtils;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.image.InvalidImageKeyException;

/**
 * Reads which images are meant from a query with one parameter. Its value is
 * form-encoded, as HTTP libraries write queries: a plus sign is a blank, and the rest is
 * percent-decoded once (RFC 3986 section 2.1), strictly.
 */
final class SelectionQuery {

	private SelectionQuery() {
	}

	/**
	 * Reads {@code key=…}, {@code prefix=…} or {@code tag=…}.
	 * @throws InvalidAdminRequestException if it is not exactly one of these, or not a
	 * possible one
	 */
	static ImageSelection read(@Nullable String rawQuery) {
		String query = (rawQuery != null) ? rawQuery : "";
		int equals = query.indexOf('=');
		if (equals < 0 || query.indexOf('&') >= 0) {
			throw invalid("Name one key, one prefix or one tag: ?key=…, ?prefix=… or ?tag=…");
		}
		return selection(query.substring(0, equals), decode(query.substring(equals + 1)));
	}

	/**
	 * Reads {@code key=…}.
	 * @throws InvalidAdminRequestException if it is not that
	 */
	static ImageKey readKey(@Nullable String rawQuery) {
		if (read(rawQuery) instanceof ImageSelection.OneImage one) {
			return one.key();
		}
		throw invalid("Name one key: ?key=…");
	}

	private static ImageSelection selection(String name, String value) {
		return switch (name) {
			case "key" -> new ImageSelection.OneImage(key(value));
			case "prefix" -> below(value);
			case "tag" -> tagged(value);
			default -> throw invalid("Name a key, a prefix or a tag, nothing else");
		};
	}

	private static ImageKey key(String value) {
		try {
			return new ImageKey(value);
		}
		catch (InvalidImageKeyException ex) {
			throw invalid("Invalid image key: " + ex.getMessage());
		}
	}

	/** A prefix obeys the rules of keys. */
	private static ImageSelection below(String value) {
		return new ImageSelection.Below(key(value.equals("/") ? "" : value).value());
	}

	private static ImageSelection tagged(String value) {
		if (!ImageTags.isTag(value)) {
			throw invalid("No images can share this tag: it must be project:{id} or block:{id}");
		}
		return new ImageSelection.Tagged(value);
	}

	private static String decode(String raw) {
		try {
			byte[] bytes = UriUtils.decode(raw.replace('+', ' '), StandardCharsets.ISO_8859_1)
				.getBytes(StandardCharsets.ISO_8859_1);
			return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
		}
		catch (IllegalArgumentException | CharacterCodingException ex) {
			throw invalid("The query has an incomplete percent-escape, or is not UTF-8");
		}
	}

	private static InvalidAdminRequestException invalid(String message) {
		return new InvalidAdminRequestException(HttpStatus.BAD_REQUEST, message);
	}

}
