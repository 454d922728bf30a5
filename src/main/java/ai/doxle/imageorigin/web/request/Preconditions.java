package ai.doxle.imageorigin.web.request;

import java.time.Instant;
import java.util.Optional;

import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ImageHead;

/**
 * The preconditions of a GET or HEAD request (RFC 9110 section 13.1). A date that cannot
 * be read is as good as none.
 *
 * @param ifMatch versions of which one must be the current
 * @param ifUnmodifiedSince the image must not be younger; void beside {@code ifMatch}
 * @param ifNoneMatch versions that the client has
 * @param ifModifiedSince how old the client's version is; void beside {@code ifNoneMatch}
 */
public record Preconditions(Optional<EntityTags> ifMatch, Optional<Instant> ifUnmodifiedSince,
		Optional<EntityTags> ifNoneMatch, Optional<Instant> ifModifiedSince) {

	/** What to do with a request. */
	public enum Outcome {

		/** Respond as if it had no preconditions. */
		PROCEED,
		/** Respond with 304. */
		NOT_MODIFIED,
		/** Respond with 412. */
		FAILED

	}

	static Preconditions of(HttpHeaders headers) {
		return new Preconditions(EntityTags.of(headers.getOrEmpty(HttpHeaders.IF_MATCH)),
				date(headers, HttpHeaders.IF_UNMODIFIED_SINCE),
				EntityTags.of(headers.getOrEmpty(HttpHeaders.IF_NONE_MATCH)),
				date(headers, HttpHeaders.IF_MODIFIED_SINCE));
	}

	boolean isEmpty() {
		return this.ifMatch.isEmpty() && this.ifUnmodifiedSince.isEmpty() && this.ifNoneMatch.isEmpty()
				&& this.ifModifiedSince.isEmpty();
	}

	/**
	 * Evaluates the preconditions in the order of RFC 9110 section 13.2.2.
	 */
	public Outcome evaluate(ImageHead head) {
		if (!isCurrent(head)) {
			return Outcome.FAILED;
		}
		return isKnown(head) ? Outcome.NOT_MODIFIED : Outcome.PROCEED;
	}

	private boolean isCurrent(ImageHead head) {
		return this.ifMatch.map((tags) -> tags.matches(head.etag()::matchesStrongly))
			.or(() -> this.ifUnmodifiedSince.map((date) -> !head.lastModified().isAfter(date)))
			.orElse(true);
	}

	private boolean isKnown(ImageHead head) {
		return this.ifNoneMatch.map((tags) -> tags.matches(head.etag()::matchesWeakly))
			.or(() -> this.ifModifiedSince.map((date) -> !head.lastModified().isAfter(date)))
			.orElse(false);
	}

	private static Optional<Instant> date(HttpHeaders headers, String name) {
		return Optional.ofNullable(headers.getFirst(name)).flatMap(HttpDates::parse);
	}

}
