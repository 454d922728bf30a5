import java.time.Duration;

/**
 * The command line: what to do, and for how many seconds.
 */
final class Soak {

	private Soak() {
	}

	public static void main(String[] arguments) throws Exception {
		Duration time = Duration.ofSeconds((arguments.length > 1) ? Long.parseLong(arguments[1]) : 0);
		Table table = switch (arguments[0]) {
			case "bad" -> new BadObjects(time.isZero() ? Duration.ofSeconds(60) : time).measure();
			case "bursts" -> new Bursts(time.isZero() ? Duration.ofSeconds(25) : time).measure();
			case "cold" -> new ColdImages().measure();
			case "events" -> new Events(time.isZero() ? Duration.ofSeconds(60) : time).measure();
			case "readers" -> new IdleReaders(time.isZero() ? Duration.ofSeconds(60) : time).measure();
			default -> new LeavingClients(time.isZero() ? Duration.ofSeconds(600) : time).measure();
		};
		System.out.println(table);
		System.exit(0);
	}

}
