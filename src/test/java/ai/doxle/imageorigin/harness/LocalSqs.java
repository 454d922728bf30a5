package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * A real SQS server in this process (ElasticMQ), with queues that have a dead letter
 * queue each. Origins reach it through a door at which it can fail as SQS does; tests
 * reach it directly.
 */
public final class LocalSqs implements AutoCloseable {

	/** What goes wrong at the door. */
	public enum Fault {

		/** Nothing. */
		NONE,
		/** Connections are closed without a response. */
		AWAY,
		/** Each response takes three seconds longer. */
		SLOW,
		/** Requests are throttled. */
		THROTTLING

	}

	private static final Duration DELAY = Duration.ofSeconds(3);

	private static final String VISIBILITY = "\"VisibilityTimeout\":[1-9]\\d*";

	private static final String WAIT = "\"WaitTimeSeconds\":[1-9]\\d*";

	private final SQSRestServer server;

	private final int port;

	private final HttpServer door;

	private final HttpClient inner = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final SqsAsyncClient client;

	private final AtomicInteger polls = new AtomicInteger();

	private final AtomicInteger repeats = new AtomicInteger();

	private volatile Fault fault = Fault.NONE;

	private volatile UnaryOperator<String> rewriting = UnaryOperator.identity();

	private volatile byte[] lastMessages = new byte[0];

	private volatile byte[] repeated = new byte[0];

	private LocalSqs() throws IOException {
		this.server = SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
		this.port = this.server.waitUntilStarted().localAddress().getPort();
		this.door = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.door.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		this.door.createContext("/", this::answer);
		this.door.start();
		this.client = SqsAsyncClient.builder()
			.httpClientBuilder(NettyNioAsyncHttpClient.builder())
			.region(Region.US_EAST_1)
			.endpointOverride(URI.create("http://127.0.0.1:" + this.port))
			.credentialsProvider(StaticCredentialsProvider
				.create(AwsBasicCredentials.create(LocalS3.ACCESS_KEY, LocalS3.SECRET_KEY)))
			.build();
	}

	/** Starts a server on a free port. */
	public static LocalSqs start() {
		try {
			return new LocalSqs();
		}
		catch (IOException ex) {
			throw new IllegalStateException("The SQS server does not start", ex);
		}
	}

	/** Makes a queue, and one for its dead letters, which come after five receives. */
	public LocalSqs withQueue(String name) {
		create(dead(name), Map.of());
		create(name, Map.of(QueueAttributeName.REDRIVE_POLICY, "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:"
				+ "000000000000:" + dead(name) + "\",\"maxReceiveCount\":5}"));
		return this;
	}

	private void create(String name, Map<QueueAttributeName, String> attributes) {
		this.client.createQueue((request) -> request.queueName(name).attributes(attributes)).join();
	}

	/** The name of the queue for dead letters. */
	public static String dead(String queue) {
		return queue + "-dead";
	}

	/** Sends messages. */
	public void send(String queue, List<String> bodies) {
		for (int i = 0; i < bodies.size(); i += 10) {
			List<String> some = bodies.subList(i, Math.min(i + 10, bodies.size()));
			this.client
				.sendMessageBatch((request) -> request.queueUrl(direct(queue))
					.entries(IntStream.range(0, some.size())
						.mapToObj((index) -> SendMessageBatchRequestEntry.builder()
							.id(Integer.toString(index))
							.messageBody(some.get(index))
							.build())
						.toList()))
				.join();
		}
	}

	/** How many messages wait. */
	public int waiting(String queue) {
		return number(queue, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES);
	}

	/** How many messages were received, and not deleted. */
	public int received(String queue) {
		return number(queue, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
	}

	/** Whether all messages were deleted. */
	public boolean isEmpty(String queue) {
		return waiting(queue) + received(queue) == 0;
	}

	private int number(String queue, QueueAttributeName name) {
		return Integer
			.parseInt(this.client.getQueueAttributes((request) -> request.queueUrl(direct(queue)).attributeNames(name))
				.join()
				.attributes()
				.get(name));
	}

	/** Has requests of origins fail from now on. */
	public void fail(Fault other) {
		this.fault = other;
	}

	/**
	 * Has messages become visible again after so many seconds, and polls last no longer,
	 * whatever is asked for. Polls under way are not concerned.
	 */
	public void hideFor(int seconds) {
		this.rewriting = (request) -> request.replaceAll(VISIBILITY, "\"VisibilityTimeout\":" + seconds)
			.replaceAll(WAIT, "\"WaitTimeSeconds\":" + Math.min(seconds, 20));
	}

	/** Gives out the latest batch of messages again so many times. */
	public void repeat(int times) {
		this.repeated = this.lastMessages;
		this.repeats.set(times);
	}

	/** How often an origin has asked for messages. */
	public int polls() {
		return this.polls.get();
	}

	private String direct(String queue) {
		return "http://127.0.0.1:" + this.port + "/000000000000/" + queue;
	}

	private String url(String queue) {
		return "http://127.0.0.1:" + this.door.getAddress().getPort() + "/000000000000/" + queue;
	}

	/** The properties that have the origin read a queue. */
	public Properties originProperties(String queue, String region) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.events.queue-url", url(queue));
		properties.setProperty("image-origin.events.region", region);
		return properties;
	}

	/** The properties that have the origin tell another region. */
	public Properties peerProperties(int index, String queue, String region) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.events.peers[" + index + "].queue-url", url(queue));
		properties.setProperty("image-origin.events.peers[" + index + "].region", region);
		return properties;
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			boolean isPoll = String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Target"))
				.endsWith("ReceiveMessage");
			this.polls.addAndGet(isPoll ? 1 : 0);
			switch (this.fault) {
				case AWAY -> {
				}
				case THROTTLING ->
					send(exchange, 400, ("{\"__type\":\"com.amazonaws.sqs#RequestThrottled\",\"message\":\"The request "
							+ "was denied due to request throttling.\"}")
						.getBytes(StandardCharsets.UTF_8));
				case SLOW -> {
					LockSupport.parkNanos(DELAY.toNanos());
					pass(exchange, request, isPoll);
				}
				case NONE -> pass(exchange, request, isPoll);
			}
		}
	}

	private void pass(HttpExchange exchange, String request, boolean isPoll) throws IOException {
		if (isPoll && this.repeats.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
			send(exchange, 200, this.repeated);
			return;
		}
		HttpRequest.Builder inward = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + this.port + exchange.getRequestURI()))
			.POST(HttpRequest.BodyPublishers.ofString(this.rewriting.apply(request)));
		for (String name : List.of("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")) {
			String value = exchange.getRequestHeaders().getFirst(name);
			if (value != null) {
				inward.header(name, value);
			}
		}
		try {
			HttpResponse<byte[]> response = this.inner.send(inward.build(), HttpResponse.BodyHandlers.ofByteArray());
			// the server behind may have been out while this one waited for messages
			if (this.fault == Fault.AWAY) {
				return;
			}
			if (isPoll && new String(response.body(), StandardCharsets.UTF_8).contains("ReceiptHandle")) {
				this.lastMessages = response.body();
			}
			send(exchange, response.statusCode(), response.body());
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

	private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
		exchange.sendResponseHeaders(status, body.length);
		exchange.getResponseBody().write(body);
	}

	/** Does not wait for the server, which waits for long polls that nobody reads. */
	@Override
	public void close() {
		this.client.close();
		this.door.stop(0);
		this.server.stopAndGetFuture().apply();
	}

}
