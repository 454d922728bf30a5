import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * What AWS does between the regions of docker-compose.yml, as far as image-origin asks for it. Invalidations of CloudFront
 * become bans at all caches. Each region has an SQS queue, whose messages go to the region's webhook in the order in which
 * they came, again and again until it takes them. And a bucket tells its region of what is replicated into it, as S3's do:
 * MinIO's tell only the source, of each replication that is complete. No signature is looked at; queues are in memory.
 * <p>
 * Environment: <code>CACHES</code>, the URLs of shields and edges in the order in which they are told;
 * <code>QUEUES</code>, <code>name=URL of the webhook</code>; <code>REPLICAS</code>,
 * <code>source bucket=bucket@queue</code>; <code>EVENTS_SECRET</code>.
 */
public final class LocalAws {

	private static final int PORT = 8000;

	private static final int MAX_MESSAGES = 1000;

	private static final int MAX_BODY = 256 * 1024;

	private static final Duration TIMEOUT = Duration.ofSeconds(3);

	private static final Duration RETRY = Duration.ofSeconds(1);

	private static final HttpClient CLIENT = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(TIMEOUT)
		.build();

	private LocalAws() {
	}

	public static void main(String[] arguments) throws IOException {
		List<URI> caches = new ArrayList<>();
		for (String cache : words("CACHES")) {
			caches.add(URI.create(cache));
		}
		Map<String, Queue> queues = new LinkedHashMap<>();
		for (String queue : words("QUEUES")) {
			String[] parts = queue.split("=", 2);
			queues.put(parts[0], Queue.to(URI.create(parts[1]), System.getenv("EVENTS_SECRET")));
		}
		Map<String, Replica> replicas = new LinkedHashMap<>();
		for (String replica : words("REPLICAS")) {
			String[] parts = replica.split("[=@]", 3);
			replicas.put(parts[0], new Replica(parts[1], queues.get(parts[2])));
		}
		HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
		server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		server.createContext("/2020-05-31/distribution/", (exchange) -> respond(exchange, new Invalidations(caches)::take));
		server.createContext("/replicated", (exchange) -> respond(exchange, new Replications(replicas)::take));
		server.createContext("/", (exchange) -> respond(exchange, new Messages(queues)::take));
		server.start();
		log("CloudFront for %s, SQS for %s", caches, queues.keySet());
	}

	private static String[] words(String variable) {
		String value = System.getenv(variable);
		if (value == null || value.isBlank()) {
			throw new IllegalStateException(variable + " is not set");
		}
		return value.strip().split("\\s+");
	}

	private static void respond(HttpExchange exchange, Service service) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
			Response response = (body.length > MAX_BODY) ? new Response(413, "text/plain", "too large")
					: service.take(exchange, new String(body, StandardCharsets.UTF_8));
			byte[] content = response.content.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", response.type);
			exchange.sendResponseHeaders(response.status, (content.length > 0) ? content.length : -1);
			exchange.getResponseBody().write(content);
		}
	}

	private static int send(HttpRequest request) throws IOException {
		try {
			return CLIENT.send(request, BodyHandlers.discarding()).statusCode();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	private static void log(String text, Object... values) {
		System.out.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + text.formatted(values));
	}

	private interface Service {

		Response take(HttpExchange exchange, String body) throws IOException;

	}

	private record Response(int status, String type, String content) {
	}

	/** CloudFront's CreateInvalidation. */
	private record Invalidations(List<URI> caches) {

		private static final String NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

		Response take(HttpExchange exchange, String body) {
			try {
				List<String> items = items(body);
				items.forEach(this::invalidate);
				return new Response(201, "text/xml", """
						<?xml version="1.0"?><Invalidation xmlns="%s"><Id>I%s</Id><Status>Completed</Status>\
						<CreateTime>%s</CreateTime></Invalidation>""".formatted(NAMESPACE,
						UUID.randomUUID().toString().replace("-", "").substring(0, 13).toUpperCase(),
						Instant.now().truncatedTo(ChronoUnit.SECONDS)));
			}
			catch (SAXException | IOException | ParserConfigurationException ex) {
				return new Response(400, "text/xml",
						"<ErrorResponse xmlns=\"%s\"><Error><Code>MalformedXML</Code></Error></ErrorResponse>".formatted(NAMESPACE));
			}
		}

		private static List<String> items(String body) throws SAXException, IOException, ParserConfigurationException {
			DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
			factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
			NodeList paths = factory.newDocumentBuilder()
				.parse(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)))
				.getElementsByTagName("Path");
			List<String> items = new ArrayList<>();
			for (int i = 0; i < paths.getLength(); i++) {
				items.add(paths.item(i).getTextContent().strip());
			}
			return items;
		}

		/** A tag has a number sign before it; a path may end with a star. */
		private void invalidate(String item) {
			boolean tag = item.startsWith("#");
			String regex = tag ? "(^|,)" + quote(item.substring(1)) + "(,|$)"
					: item.endsWith("*") ? "^" + quote(item.substring(0, item.length() - 1)) : "^" + quote(item) + "$";
			for (URI cache : this.caches) {
				ban(cache, tag ? "X-Ban-Tag" : "X-Ban-Path", regex);
			}
			log("invalidated %s", item);
		}

		/** A cache that is not there has nothing. */
		private static void ban(URI cache, String header, String regex) {
			try {
				int status = send(HttpRequest.newBuilder(cache)
					.timeout(TIMEOUT)
					.method("BAN", BodyPublishers.noBody())
					.header(header, regex)
					.build());
				if (status != 200) {
					log("%s does not take %s: %d", cache, regex, status);
				}
			}
			catch (IOException ex) {
				log("%s is not there: %s", cache, ex);
			}
		}

		private static String quote(String text) {
			return text.replaceAll("[^A-Za-z0-9/_:-]", "\\\\$0");
		}

	}

	/** SendMessage of SQS, by its JSON protocol. */
	private record Messages(Map<String, Queue> queues) {

		private static final String JSON = "application/x-amz-json-1.0";

		private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");

		Response take(HttpExchange exchange, String body) {
			String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
			if (!"AmazonSQS.SendMessage".equals(target)) {
				return error(400, "com.amazonaws.sqs#UnsupportedOperation", "only SendMessage");
			}
			String url = string(body, "QueueUrl");
			String message = string(body, "MessageBody");
			Queue queue = this.queues.get(url.substring(url.lastIndexOf('/') + 1));
			if (queue == null) {
				return error(400, "com.amazonaws.sqs#QueueDoesNotExist", url);
			}
			if (!queue.messages.offer(message)) {
				return error(503, "com.amazonaws.sqs#RequestThrottled", "the queue is full");
			}
			return new Response(200, JSON,
					"{\"MessageId\":\"%s\",\"MD5OfMessageBody\":\"%s\"}".formatted(UUID.randomUUID(), md5(message)));
		}

		private static Response error(int status, String type, String message) {
			return new Response(status, JSON, "{\"__type\":\"%s\",\"message\":\"%s\"}".formatted(type, message));
		}

		/** The string member of that name, which must not be one of a nested object. */
		private static String string(String json, String name) {
			Matcher member = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*+)\"").matcher(json);
			return member.find() ? ESCAPE.matcher(member.group(1)).replaceAll(Messages::unescaped) : "";
		}

		private static String unescaped(java.util.regex.MatchResult escape) {
			String code = escape.group(1);
			return Matcher.quoteReplacement(switch (code.charAt(0)) {
				case 'u' -> String.valueOf((char) Integer.parseInt(code.substring(1), 16));
				case 'n' -> "\n";
				case 'r' -> "\r";
				case 't' -> "\t";
				case 'b' -> "\b";
				case 'f' -> "\f";
				default -> code;
			});
		}

		private static String md5(String text) {
			try {
				return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
			}
			catch (NoSuchAlgorithmException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/** A bucket, and the queue of its events. */
	private record Replica(String bucket, Queue queue) {
	}

	/** What MinIO says of completed replications, as events of the bucket into which they went. */
	private record Replications(Map<String, Replica> replicas) {

		private static final String COMPLETED = "s3:Replication:OperationCompletedReplication";

		private static final Pattern BUCKET = Pattern.compile("\"bucket\":\\{\"name\":\"([^\"]+)\"");

		Response take(HttpExchange exchange, String body) {
			Matcher bucket = BUCKET.matcher(body);
			Replica replica = bucket.find() ? this.replicas.get(bucket.group(1)) : null;
			if (replica == null || !body.contains(COMPLETED)) {
				log("no replication: %s", body);
				return new Response(204, "text/plain", "");
			}
			// A delete marker has no entity tag.
			String event = body.contains("\"eTag\"") ? "s3:ObjectCreated:Put" : "s3:ObjectRemoved:DeleteMarkerCreated";
			String told = BUCKET.matcher(body.replace(COMPLETED, event))
				.replaceAll("\"bucket\":{\"name\":\"" + replica.bucket + "\"");
			return new Response(replica.queue.messages.offer(told) ? 204 : 503, "text/plain", "");
		}

	}

	/** Messages for one region, and who takes them. */
	private record Queue(URI webhook, String secret, BlockingQueue<String> messages) {

		static Queue to(URI webhook, String secret) {
			Queue queue = new Queue(webhook, secret, new ArrayBlockingQueue<>(MAX_MESSAGES));
			Thread.ofPlatform().daemon().start(queue::deliver);
			return queue;
		}

		private void deliver() {
			try {
				while (true) {
					String message = this.messages.take();
					boolean again = false;
					while (!taken(message, again)) {
						again = true;
						Thread.sleep(RETRY);
					}
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		/** What is refused for good would be a dead letter. */
		private boolean taken(String message, boolean again) {
			try {
				int status = send(HttpRequest.newBuilder(this.webhook)
					.timeout(TIMEOUT)
					.header("Authorization", "Bearer " + this.secret)
					.header("Content-Type", "application/json")
					.POST(BodyPublishers.ofString(message))
					.build());
				log("%s: %d for %s", this.webhook, status, message);
				return status < 500 && status != 429;
			}
			catch (IOException ex) {
				if (!again) {
					log("%s is not there: %s", this.webhook, ex);
				}
				return false;
			}
		}

	}

}
