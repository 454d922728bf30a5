package ai.doxle.imageorigin.access.viewer;

/**
 * Whether cookies allow an image.
 */
public sealed interface ViewerDecision {

	/** They do. */
	record Allowed() implements ViewerDecision {

	}

	/** They are good, but for other paths. */
	record OtherPath() implements ViewerDecision {

	}

	/**
	 * They are good for nothing here.
	 *
	 * @param reason why, in words fit for the client
	 */
	record Invalid(String reason) implements ViewerDecision {

	}

}
