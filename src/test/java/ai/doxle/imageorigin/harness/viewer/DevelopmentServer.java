package ai.doxle.imageorigin.harness.viewer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Function;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.reactive.function.server.RouterFunction;

import ai.doxle.imageorigin.OriginApplication;
import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.ViewerKeyPair;
import ai.doxle.imageorigin.harness.cdn.LocalCdn;
import ai.doxle.imageorigin.harness.cdn.Place;
import ai.doxle.imageorigin.web.request.RequestGate;

/**
 * An origin with everything around it: sample images of two projects, a token issuer, a
 * key pair for viewers' cookies, edges in Sydney and London, and a page that shows the
 * images and the paths of requests.
 */
public final class DevelopmentServer implements AutoCloseable {

	/** The project that all but a few sample images belong to. */
	public static final String PROJECT = "123";

	/** The project of somebody else. */
	public static final String OTHER_PROJECT = "200";

	private static final String OTHER_BLOCK = "projects/" + OTHER_PROJECT + "/blocks/7/";

	private static final String IMAGE_PATH = "/proxy-image/";

	private static final String SESSION_PATH = "/proxy-image-session";

	/** Without a port: cookies do not know ports, and the edges have others. */
	private static final String RESOURCE_BASE = "http://localhost";

	private final TokenIssuer issuer = new TokenIssuer();

	private final ViewerKeyPair viewerKeys = ViewerKeyPair.p256();

	private final BucketEvents events = new BucketEvents();

	private final LocalS3 s3;

	private final LocalCdn cdn;

	private final LocalCloudFront cloudFront;

	private final ConfigurableApplicationContext context;

	private final Map<String, Sample> samples = samples();

	private DevelopmentServer(Function<Consumer<String>, LocalS3> s3, Properties redis, List<Place> places,
			String[] arguments) throws IOException {
		this.s3 = s3.apply(this.events);
		this.samples.forEach(this::store);
		store(SampleImages.LARGE, SampleImages.large());
		this.cdn = LocalCdn.open(places.toArray(Place[]::new));
		this.cloudFront = LocalCloudFront.start((invalidation) -> this.cdn.invalidate(invalidation.items()));
		this.context = run(redis, arguments);
		this.events.reportTo(management());
		this.cdn.deploy(page(), IMAGE_PATH, new GateCheck(this.context.getBean(RequestGate.class)));
	}

	/**
	 * Starts everything.
	 * @param s3 starts a server with an empty bucket, given what takes the notifications
	 * of its events (without them uploads are not warmed)
	 * @param redis the properties that have the origin use a Redis
	 * @param places where edges are
	 * @param arguments of the origin, such as {@code --server.port=0}
	 */
	public static DevelopmentServer start(Function<Consumer<String>, LocalS3> s3, Properties redis, List<Place> places,
			String... arguments) {
		try {
			return new DevelopmentServer(s3, redis, places, arguments);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The page, without the slash at its end. */
	public URI page() {
		return URI.create("http://localhost:" + port("local.server.port"));
	}

	/** The edges by the names of their places. */
	public Map<String, URI> edges() {
		return this.cdn.addresses();
	}

	/** The bucket. */
	public LocalS3 s3() {
		return this.s3;
	}

	/** A token that may read a project. */
	public String token(String project) {
		return this.issuer.token(project);
	}

	/**
	 * The cookies of a session for a project, as a {@code Cookie} header has them.
	 * @param expires when they expire
	 */
	public String cookies(String project, Instant expires) {
		return this.viewerKeys
			.cookies(ViewerKeyPair.policy(RESOURCE_BASE + IMAGE_PATH + "projects/" + project + "/*", expires));
	}

	@Override
	public void close() {
		this.events.close();
		this.context.close();
		this.cdn.close();
		this.cloudFront.close();
		this.s3.close();
	}

	private ConfigurableApplicationContext run(Properties redis, String... arguments) {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		SpringApplication application = new SpringApplication(OriginApplication.class);
		application.setDefaultProperties(properties(redis));
		ViewerPage page = new ViewerPage(this::webOrigins, this::config);
		ViewerDoors doors = new ViewerDoors(this.s3, this::management, this::adminToken);
		application.addInitializers((starting) -> ((GenericApplicationContext) starting).registerBean("viewerRoutes",
				RouterFunction.class, () -> page.routes().and(doors.routes())));
		return application.run(arguments);
	}

	private Properties properties(Properties redis) {
		Properties properties = new Properties();
		properties.putAll(this.s3.originProperties(0));
		properties.putAll(redis);
		properties.putAll(this.issuer.originProperties());
		properties.putAll(this.viewerKeys.originProperties());
		properties.putAll(this.events.originProperties());
		properties.putAll(this.cloudFront.originProperties());
		properties.setProperty("image-origin.session.resource-base", RESOURCE_BASE);
		properties.setProperty("image-origin.access.mode", "required");
		properties.setProperty("image-origin.access.project-claim", "projects");
		properties.setProperty("image-origin.cors.allowed-origins", String.join(",", this.cdn.webOrigins()));
		return properties;
	}

	private void store(String key, Sample sample) {
		this.s3.put(key, sample.contentType(), sample.bytes());
	}

	private PageConfig config() {
		List<PageConfig.Edge> edges = new ArrayList<>();
		edges().forEach((name, address) -> edges.add(new PageConfig.Edge(name, address.toString())));
		return new PageConfig("The development server: one region, with image-origin, a Redis and an S3 server.",
				IMAGE_PATH, SESSION_PATH, edges, users(), List.copyOf(this.samples.keySet()),
				List.of(SampleImages.LARGE), new PageConfig.Management(ViewerDoors.IMAGES, ViewerDoors.UPLOADS),
				"Round trips are emulated: viewer to edge 10 ms, edge to Origin Shield 15 ms from Sydney and 270 ms from "
						+ "London, Origin Shield to image-origin 5 ms.",
				List.of(new PageConfig.Hint("With two regions, London is not far from an image either:",
						"docker compose --profile cdn up --build --wait")));
	}

	private List<PageConfig.User> users() {
		return List.of(new PageConfig.User("Asha", List.of(PROJECT), token(PROJECT)),
				new PageConfig.User("Ben", List.of(OTHER_PROJECT), token(OTHER_PROJECT)));
	}

	private List<String> webOrigins() {
		List<String> origins = new ArrayList<>(this.cdn.webOrigins());
		origins.add(page().toString());
		return origins;
	}

	private String adminToken() {
		return this.issuer.token((claims) -> claims.claim("scope", "images:admin"));
	}

	private URI management() {
		return URI.create("http://localhost:" + port("local.management.port"));
	}

	private int port(String name) {
		return this.context.getEnvironment().getRequiredProperty(name, Integer.class);
	}

	private static Map<String, Sample> samples() {
		Map<String, Sample> small = SampleImages.small();
		Map<String, Sample> samples = new LinkedHashMap<>(small);
		samples.put(OTHER_BLOCK + "plan.jpg", small.get(SampleImages.BLOCK + "img.jpg"));
		samples.put(OTHER_BLOCK + "facade.webp", small.get(SampleImages.BLOCK + "facade.webp"));
		return samples;
	}

}
