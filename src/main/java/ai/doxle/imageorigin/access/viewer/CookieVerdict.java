package ai.doxle.imageorigin.access.viewer;

/**
 * What cookies are worth, whatever they are shown for.
 */
sealed interface CookieVerdict {

	/**
	 * Signed by a key that is known.
	 *
	 * @param policy what they allow
	 */
	record Valid(CookiePolicy policy) implements CookieVerdict {

	}

	/** Signed by nobody known. */
	record Forged() implements CookieVerdict {

	}

}
