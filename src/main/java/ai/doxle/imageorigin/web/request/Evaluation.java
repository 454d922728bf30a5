package ai.doxle.imageorigin.web.request;

import java.time.Clock;
import java.util.List;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * What a request gets of an image that is there, settled from its head alone.
 */
public sealed interface Evaluation {

	/** 412: a precondition failed. */
	record PreconditionFailed() implements Evaluation {

	}

	/** 304: the client has it. */
	record NotModified() implements Evaluation {

	}

	/** 200 without a body. */
	record HeadOnly() implements Evaluation {

	}

	/** 200 with all bytes. */
	record Whole() implements Evaluation {

	}

	/**
	 * 206 with some bytes.
	 *
	 * @param spans which, at least one
	 */
	record Partial(List<ByteSpan> spans) implements Evaluation {

	}

	/** 416: there are no such bytes. */
	record RangeNotSatisfiable() implements Evaluation {

	}

	/**
	 * Settles a request (RFC 9110 section 13.2.2).
	 * @param clock tells whether a date in {@code If-Range} is a strong validator
	 */
	static Evaluation of(ImageRequest wanted, ImageHead head, Clock clock) {
		return switch (wanted.preconditions().evaluate(head)) {
			case FAILED -> new PreconditionFailed();
			case NOT_MODIFIED -> new NotModified();
			case PROCEED -> wanted.bodiless() ? new HeadOnly() : bytes(wanted.range(), head, clock);
		};
	}

	private static Evaluation bytes(@Nullable RangeHeader range, ImageHead head, Clock clock) {
		if (range == null || !range.appliesTo(head, clock)) {
			return new Whole();
		}
		List<ByteSpan> spans = range.resolve(head.length());
		if (spans.isEmpty()) {
			return new RangeNotSatisfiable();
		}
		return RangeHeader.isAbusive(spans, head.length()) ? new Whole() : new Partial(spans);
	}

}
