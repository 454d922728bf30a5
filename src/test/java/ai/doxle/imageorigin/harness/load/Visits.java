package ai.doxle.imageorigin.harness.load;

import java.util.List;
import java.util.SplittableRandom;

import ai.doxle.imageorigin.harness.load.Visit.Header;
import ai.doxle.imageorigin.harness.load.Visit.Span;

/**
 * Draws visits at random: the same seed, the same visits.
 * <p>
 * Images that may be cached have whole pages of 4 KiB and no fewer than eight, so that
 * what they weigh in memory follows from their number and lengths.
 */
final class Visits {

	private static final int PAGE = 4096;

	private static final int MIB = 1024 * 1024;

	/** How many clients want the same cold image. */
	static final int JOINING = 6;

	private static final int HOT = 4;

	private static final List<Moment> MOMENTS = List.of(Moment.values());

	private static final List<String> MANAGEMENT = List.of("/actuator/health", "/actuator/health/readiness",
			"/actuator/prometheus", "/actuator/images?key=projects/hot/1/65536.png");

	private final long seed;

	private final List<Departure> departures;

	Visits(long seed, List<Departure> departures) {
		this.seed = seed;
		this.departures = departures;
	}

	/**
	 * The visit of a number.
	 * @param subject what is asked for
	 */
	Visit draw(Subject subject, int number) {
		SplittableRandom random = new SplittableRandom(this.seed * 31 + number);
		// mixed, since the first numbers of neighbouring seeds are alike
		random = random.split();
		Departure departure = this.departures.get(random.nextInt(this.departures.size()));
		Visit plan = new Visit(subject, moment(departure, random), departure, "", null, null, Span.NONE,
				random.nextDouble(0.5, 1.5), random.nextDouble());
		return switch (subject) {
			case COLD -> whole(plan, image("cold", number, random));
			case JOINED -> whole(plan, joined(number));
			case HIT -> whole(plan, hot(number));
			case RANGE -> part(plan, random.nextBoolean() ? hot(number) : image("range", number, random), random);
			case MULTIPART -> parts(plan, random.nextBoolean() ? hot(number) : image("parts", number, random));
			case LARGE -> whole(plan, GeneratedImage.in(folder("large", number), random.nextInt(2, 5) * MIB));
			case ABSENT -> asking(plan, Visit.path(GeneratedImage.in(folder("absent", number), 16 * PAGE)));
			case UNAUTHORIZED -> unauthorized(plan, number);
			case MANAGEMENT -> asking(plan, MANAGEMENT.get(random.nextInt(MANAGEMENT.size())));
		};
	}

	/** Half of the clients race the head; who waits for an answer has asked before. */
	private static Moment moment(Departure departure, SplittableRandom random) {
		if (departure == Departure.NONE) {
			return Moment.AT_END;
		}
		Moment moment = random.nextBoolean() ? Moment.AROUND_HEAD : MOMENTS.get(random.nextInt(MOMENTS.size()));
		return (moment == Moment.IN_REQUEST && departure == Departure.HALF_CLOSE) ? Moment.AFTER_REQUEST : moment;
	}

	private GeneratedImage image(String kind, int number, SplittableRandom random) {
		return GeneratedImage.in(folder(kind, number), random.nextInt(8, 65) * PAGE);
	}

	private GeneratedImage joined(int number) {
		int group = number / JOINING;
		return GeneratedImage.in(folder("joined", group), (8 + group % 57) * PAGE);
	}

	private static GeneratedImage hot(int number) {
		return GeneratedImage.in("projects/hot/" + number % HOT, 16 * PAGE);
	}

	private String folder(String kind, int number) {
		return "projects/" + kind + "/" + Long.toHexString(this.seed) + "-" + number;
	}

	private static Visit whole(Visit plan, GeneratedImage image) {
		return plan.asking(image, null, new Span(0, image.length()));
	}

	private static Visit part(Visit plan, GeneratedImage image, SplittableRandom random) {
		int first = random.nextInt(image.length() - 1);
		int end = random.nextInt(first + 1, image.length() + 1);
		return plan.asking(image, new Header("range", "bytes=" + first + "-" + (end - 1)), new Span(first, end));
	}

	private static Visit parts(Visit plan, GeneratedImage image) {
		int half = image.length() / 2;
		Header range = new Header("range", "bytes=0-9999," + half + "-" + (half + 9999));
		return plan.asking(Visit.path(image), range, new Span(0, 20_000));
	}

	private static Visit unauthorized(Visit plan, int number) {
		return plan.asking(Visit.path(hot(number)), new Header("authorization", "Bearer nonsense"), Span.NONE);
	}

	private static Visit asking(Visit plan, String path) {
		return plan.asking(path, null, Span.NONE);
	}

}
