package ai.doxle.imageorigin.harness.load;

/**
 * How a visit ended.
 */
public enum Ending {

	/** The client left, as planned. */
	LEFT,
	/** The client stayed and got all of its answer. */
	WHOLE,
	/** The connection or stream ended before the client left or had its whole answer. */
	CUT,
	/** Other bytes than those that are stored. */
	WRONG,
	/** Nothing more came for a long time. */
	LATE,
	/** No connection. */
	UNCONNECTED

}
