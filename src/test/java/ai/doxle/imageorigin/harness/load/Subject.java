package ai.doxle.imageorigin.harness.load;

/**
 * What a client asks for.
 */
public enum Subject {

	/** An image that nobody has asked for. */
	COLD,
	/** An image that several clients ask for while it is loaded. */
	JOINED,
	/** An image in memory. */
	HIT,
	/** A part of an image, cold or in memory. */
	RANGE,
	/** Two parts of an image, cold or in memory. */
	MULTIPART,
	/** A cold image too large to be cached, which passes through. */
	LARGE,
	/** No image: 404 with a problem body. */
	ABSENT,
	/** An image, with a bad token: 401 with a problem body. */
	UNAUTHORIZED,
	/** Health, metrics and cached images on the management port, over HTTP/1.1. */
	MANAGEMENT

}
