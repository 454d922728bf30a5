package ai.doxle.imageorigin.delivery;

/**
 * How the load of an image ended that no reader waits for.
 */
public enum WarmResult {

	/** The whole image is in memory, and on its way to the region. */
	CACHED,

	/** There is no such image. */
	ABSENT,

	/** What is stored is not an image of an allowed type. */
	NOT_AN_IMAGE,

	/** No tier takes the image, or there is no memory to load it now. */
	NOT_KEPT,

	/** The load broke off. */
	BROKEN

}
