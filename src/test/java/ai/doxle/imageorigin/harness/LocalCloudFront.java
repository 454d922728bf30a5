package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Speaks just enough of CloudFront's API to take invalidations for one distribution, from
 * whoever signs requests (AWS Signature Version 4).
 */
public final class LocalCloudFront implements AutoCloseable {

	/** The distribution. */
	public static final String DISTRIBUTION = "E2EXAMPLE1ABCD";

	private static final String NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

	private static final Pattern SIGNATURE = Pattern.compile("AWS4-HMAC-SHA256 Credential=" + LocalS3.ACCESS_KEY
			+ "/\\d{8}/us-east-1/cloudfront/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, "
			+ "Signature=[0-9a-f]{64}");

	private final HttpServer server;

	private final List<Invalidation> invalidations = new CopyOnWriteArrayList<>();

	private final Consumer<Invalidation> edges;

	private volatile boolean refusing;

	private final AtomicInteger refusals = new AtomicInteger();

	private LocalCloudFront(HttpServer server, Consumer<Invalidation> edges) {
		this.server = server;
		this.edges = edges;
	}

	/** Starts a server on a free port. */
	public static LocalCloudFront start() throws IOException {
		return start((invalidation) -> {
		});
	}

	/**
	 * Starts a server on a free port.
	 * @param edges forget what an invalidation names, before it is answered
	 */
	public static LocalCloudFront start(Consumer<Invalidation> edges) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		LocalCloudFront cloudFront = new LocalCloudFront(server, edges);
		server.createContext("/2020-05-31/distribution/" + DISTRIBUTION + "/invalidation", cloudFront::answer);
		server.start();
		return cloudFront;
	}

	/** What was invalidated, in this order. */
	public List<Invalidation> invalidations() {
		return this.invalidations;
	}

	/** Refuses, or takes, what comes from now on. */
	public void refuse(boolean refuse) {
		this.refusing = refuse;
	}

	/** How many invalidations it has refused so far. */
	public int refusals() {
		return this.refusals.get();
	}

	/** The properties that have the origin tell this distribution. */
	public Properties originProperties() {
		Properties properties = new Properties();
		String prefix = "image-origin.admin.cloudfront.";
		properties.setProperty(prefix + "distribution-id", DISTRIBUTION);
		properties.setProperty(prefix + "endpoint",
				URI.create("http://127.0.0.1:" + this.server.getAddress().getPort()).toString());
		return properties;
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			String authorization = exchange.getRequestHeaders().getFirst("Authorization");
			if (authorization == null || !SIGNATURE.matcher(authorization).matches()
					|| exchange.getRequestHeaders().getFirst("X-Amz-Date") == null) {
				send(exchange, 403, error("SignatureDoesNotMatch"));
			}
			else if (this.refusing) {
				this.refusals.incrementAndGet();
				send(exchange, 400, error("TooManyInvalidationsInProgress"));
			}
			else {
				send(exchange, 201, accept(parse(body)));
			}
		}
	}

	private String accept(Invalidation invalidation) {
		this.invalidations.add(invalidation);
		this.edges.accept(invalidation);
		return "<Invalidation xmlns=\"" + NAMESPACE + "\"><Id>I" + this.invalidations.size()
				+ "</Id><Status>InProgress</Status><CreateTime>2026-11-25T10:00:00Z</CreateTime></Invalidation>";
	}

	private static Invalidation parse(String body) throws IOException {
		try {
			DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
			factory.setNamespaceAware(true);
			Document document = factory.newDocumentBuilder().parse(new InputSource(new StringReader(body)));
			List<String> items = texts(document, "Path");
			if (!texts(document, "Quantity").equals(List.of(String.valueOf(items.size())))) {
				throw new IOException("Quantity does not match: " + body);
			}
			return new Invalidation(texts(document, "CallerReference").getFirst(), items);
		}
		catch (ParserConfigurationException | SAXException ex) {
			throw new IOException(body, ex);
		}
	}

	private static List<String> texts(Document document, String element) {
		NodeList nodes = document.getElementsByTagNameNS(NAMESPACE, element);
		List<String> texts = new ArrayList<>();
		for (int i = 0; i < nodes.getLength(); i++) {
			texts.add(nodes.item(i).getTextContent());
		}
		return texts;
	}

	private static String error(String code) {
		return "<ErrorResponse xmlns=\"" + NAMESPACE + "\"><Error><Type>Sender</Type><Code>" + code
				+ "</Code><Message>secret detail</Message></Error><RequestId>1</RequestId></ErrorResponse>";
	}

	private static void send(HttpExchange exchange, int status, String xml) throws IOException {
		byte[] bytes = ("<?xml version=\"1.0\"?>\n" + xml).getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "text/xml");
		exchange.sendResponseHeaders(status, bytes.length);
		exchange.getResponseBody().write(bytes);
	}

	/**
	 * An invalidation that was taken.
	 *
	 * @param reference what the caller calls it
	 * @param items its paths and tags
	 */
	public record Invalidation(String reference, List<String> items) {

	}

}
