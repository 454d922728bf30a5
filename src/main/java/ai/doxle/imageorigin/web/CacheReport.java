package ai.doxle.imageorigin.web;

/**
 * Tells where an answer came from: {@code Cache-Status} (RFC 9211) and
 * {@code Server-Timing}.
 */
final class CacheReport {

	/** No tier is on: the store was asked. */
	private static final String FORWARDED = "image-origin; fwd=uri-miss";

	private CacheReport() {
	}

	/**
	 * Adds the report to an answer that the store was asked for.
	 * @param answer the answer
	 * @param millis how long the store took until the first bytes were here
	 */
	static Answer addTo(Answer answer, long millis) {
		return answer.with("Cache-Status", FORWARDED).with("Server-Timing", "s3;dur=" + millis);
	}

}
