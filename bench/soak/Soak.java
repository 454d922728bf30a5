import java.time.Duration;

/**
 * The command line: which clients, and for how many seconds.
 */
final class Soak {

	private Soak() {
	}

	public static void main(String[] arguments) throws Exception {
		boolean readers = arguments[0].equals("readers");
		long seconds = (arguments.length > 1) ? Long.parseLong(arguments[1]) : readers ? 60 : 600;
		Table table = readers ? new IdleReaders(Duration.ofSeconds(seconds)).measure()
				: new LeavingClients(Duration.ofSeconds(seconds)).measure();
		System.out.println(table);
		System.exit(0);
	}

}
