package ai.doxle.imageorigin.image;

/**
 * A text that cannot be an {@link ImageKey}. The message says which rule it breaks, in
 * words fit for the client.
 */
public final class InvalidImageKeyException extends IllegalArgumentException {

	private static final long serialVersionUID = 1L;

	public InvalidImageKeyException(String message) {
		super(message);
	}

}
