package ai.doxle.imageorigin.access.viewer;

/**
 * The {@code Resource} of a policy: a URL in which {@code *} stands for any number of
 * characters, slashes included, and {@code ?} for exactly one. Everything else stands for
 * itself, upper and lower case apart.
 *
 * @param text the pattern
 */
record UrlPattern(String text) {

	private static final char ANY = '*';

	private static final char ONE = '?';

	/** Whether the whole of a URL fits. */
	boolean matches(String url) {
		int at = 0;
		int in = 0;
		int star = -1;
		int retry = 0;
		while (in < url.length()) {
			if (at < this.text.length() && this.text.charAt(at) == ANY) {
				star = at++;
				retry = in;
			}
			else if (at < this.text.length() && fits(at, url.charAt(in))) {
				at++;
				in++;
			}
			else if (star >= 0) {
				at = star + 1;
				in = ++retry;
			}
			else {
				return false;
			}
		}
		return isRestEmpty(at);
	}

	/** Whether any URL that begins so can fit. */
	boolean matchesSomeBeginningWith(String start) {
		for (int i = 0; i < start.length(); i++) {
			if (i < this.text.length() && this.text.charAt(i) == ANY) {
				return true;
			}
			if (i >= this.text.length() || !fits(i, start.charAt(i))) {
				return false;
			}
		}
		return true;
	}

	private boolean fits(int at, char character) {
		char expected = this.text.charAt(at);
		return expected == character || expected == ONE;
	}

	private boolean isRestEmpty(int from) {
		int at = from;
		while (at < this.text.length() && this.text.charAt(at) == ANY) {
			at++;
		}
		return at == this.text.length();
	}

}
