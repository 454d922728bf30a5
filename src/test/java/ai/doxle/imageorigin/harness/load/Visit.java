package ai.doxle.imageorigin.harness.load;

import org.jspecify.annotations.Nullable;

/**
 * One request of one client, and how it is given up.
 *
 * @param path where to
 * @param header the name and the value of a request header, if there is one
 * @param image the image that is asked for, if there is one
 * @param span where the wanted part of the image begins and ends, if it can be compared
 * @param lateness how long after the request a client leaves who leaves around the head,
 * as a multiple of the time that heads take
 * @param share which share of the request or the body goes over the wire before, 0 to 1
 */
record Visit(Subject subject, Moment moment, Departure departure, String path, @Nullable Header header,
		@Nullable GeneratedImage image, Span span, double lateness, double share) {

	/** The same, for something that is no image, or not one image. */
	Visit asking(String path, @Nullable Header header, Span span) {
		return new Visit(this.subject, this.moment, this.departure, path, header, null, span, this.lateness,
				this.share);
	}

	/** The same, for an image or a part of it. */
	Visit asking(GeneratedImage image, @Nullable Header header, Span span) {
		return new Visit(this.subject, this.moment, this.departure, path(image), header, image, span, this.lateness,
				this.share);
	}

	static String path(GeneratedImage image) {
		return "/proxy-image/" + image.key();
	}

	/** How many bytes of the body come before the client leaves. */
	long bodyBefore() {
		long length = this.span.end() - this.span.first();
		return (this.moment == Moment.AT_END) ? Math.max(1, length) : Math.max(1, (long) (length * this.share));
	}

	/** Whether the client reads all of the answer. */
	boolean stays() {
		return this.departure == Departure.NONE || this.departure == Departure.HALF_CLOSE;
	}

	/**
	 * A request header.
	 *
	 * @param name in lower case
	 */
	record Header(String name, String value) {

	}

	/**
	 * A part of an image.
	 *
	 * @param first its first byte
	 * @param end the first byte after it; 0 if the body is not compared
	 */
	record Span(long first, long end) {

		/** Of a body that is no image. */
		static final Span NONE = new Span(0, 0);

	}

}
