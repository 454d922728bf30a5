package ai.doxle.imageorigin.access.keys;

import java.io.IOException;
import java.net.URI;
import java.text.ParseException;

/**
 * Where a JWK set is published. Its {@code toString} names the issuer or the address, for
 * the log.
 */
interface JwkSetLocation {

	/**
	 * Finds the address of the set; may block.
	 * @throws IOException if whoever knows it is out of reach
	 * @throws ParseException if the answer does not tell
	 */
	URI find() throws IOException, ParseException;

	/** A set whose address is known. */
	static JwkSetLocation of(URI address) {
		return new JwkSetLocation() {
			@Override
			public URI find() {
				return address;
			}

			@Override
			public String toString() {
				return address.toString();
			}
		};
	}

}
