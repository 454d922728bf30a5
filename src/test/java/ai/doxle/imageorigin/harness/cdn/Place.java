package ai.doxle.imageorigin.harness.cdn;

import java.time.Duration;

/**
 * Where an edge is.
 *
 * @param name the city
 * @param pop how CloudFront names its edges there
 * @param port the port of the edge; 0: a free one
 * @param toViewer the emulated round trip between the edge and its viewers
 * @param toShield the emulated round trip between the edge and Origin Shield
 */
public record Place(String name, String pop, int port, Duration toViewer, Duration toShield) {

	private static final Duration IN_THE_CITY = Duration.ofMillis(10);

	/** In the region of Origin Shield, the origin and the bucket. */
	public static Place sydney(int port) {
		return new Place("Sydney", "SYD62-P1", port, IN_THE_CITY, Duration.ofMillis(15));
	}

	/** On the other side of the world. */
	public static Place london(int port) {
		return new Place("London", "LHR50-P2", port, IN_THE_CITY, Duration.ofMillis(270));
	}

	/** The same place, on another port. */
	Place at(int other) {
		return new Place(this.name, this.pop, other, this.toViewer, this.toShield);
	}

}
