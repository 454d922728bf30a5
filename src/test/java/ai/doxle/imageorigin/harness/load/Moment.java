package ai.doxle.imageorigin.harness.load;

/**
 * When a client leaves.
 */
public enum Moment {

	/** In the middle of the request. */
	IN_REQUEST,
	/** As soon as the request is sent. */
	AFTER_REQUEST,
	/** About when the head of the answer goes out: some time after the request. */
	AROUND_HEAD,
	/** When the first bytes of the head have come. */
	IN_HEAD,
	/** When some of the body has come. */
	IN_BODY,
	/** When the last byte of the body has come, or is about to. */
	AT_END

}
