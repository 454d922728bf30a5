package ai.doxle.imageorigin.admin.events.sqs;

import java.io.Serial;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsAsyncClientBuilder;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

import ai.doxle.imageorigin.admin.events.EventProperties;

/**
 * One queue, over connections of its own: a long poll occupies one for as long as it
 * waits.
 */
final class SqsQueue implements AutoCloseable {

	/** How many messages a call may be about. */
	static final int BATCH = 10;

	/** How long a received message is hidden from others, unless that is extended. */
	static final Duration VISIBILITY = Duration.ofMinutes(1);

	private static final Duration LONG_POLL = Duration.ofSeconds(20);

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

	private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

	/** Retries included. */
	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final int MAX_CONNECTIONS = 16;

	private final SqsAsyncClient client;

	private final String url;

	SqsQueue(EventProperties.Queue queue) {
		this.client = client(queue);
		this.url = queue.url();
	}

	private static SqsAsyncClient client(EventProperties.Queue queue) {
		SqsAsyncClientBuilder builder = SqsAsyncClient.builder()
			.httpClientBuilder(NettyNioAsyncHttpClient.builder()
				.maxConcurrency(MAX_CONNECTIONS)
				.connectionTimeout(CONNECT_TIMEOUT)
				.readTimeout(LONG_POLL.plus(TIMEOUT))
				.tcpKeepAlive(true))
			.overrideConfiguration(
					(override) -> override.apiCallTimeout(TIMEOUT).apiCallAttemptTimeout(ATTEMPT_TIMEOUT));
		if (queue.region() != null) {
			builder.region(Region.of(queue.region()));
		}
		if (queue.endpoint() != null) {
			builder.endpointOverride(queue.endpoint());
		}
		return builder.build();
	}

	/** Waits up to 20 s for messages; none may come. */
	Mono<List<Message>> receive() {
		return call(
				() -> this.client.receiveMessage(
						(request) -> request.queueUrl(this.url)
							.maxNumberOfMessages(BATCH)
							.waitTimeSeconds(Math.toIntExact(LONG_POLL.toSeconds()))
							.visibilityTimeout(Math.toIntExact(VISIBILITY.toSeconds()))
							.messageSystemAttributeNames(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT)
							.overrideConfiguration((override) -> override.apiCallTimeout(LONG_POLL.plus(TIMEOUT))
								.apiCallAttemptTimeout(LONG_POLL.plus(TIMEOUT)))))
			.map(ReceiveMessageResponse::messages);
	}

	/**
	 * Deletes up to ten messages.
	 * @return fails if one was not deleted
	 */
	Mono<Void> delete(List<Message> messages) {
		return call(() -> this.client.deleteMessageBatch((request) -> request.queueUrl(this.url)
			.entries(entries(messages,
					(message) -> DeleteMessageBatchRequestEntry.builder().receiptHandle(message.receiptHandle()),
					(entry, id) -> entry.id(id).build()))))
			.flatMap((response) -> requireAll(response.failed()));
	}

	/**
	 * Hides up to ten messages from others for a while from now on.
	 * @param time how long; zero has others receive them at once
	 * @return fails if that is not possible for one
	 */
	Mono<Void> hide(List<Message> messages, Duration time) {
		return call(() -> this.client.changeMessageVisibilityBatch((request) -> request.queueUrl(this.url)
			.entries(entries(messages,
					(message) -> ChangeMessageVisibilityBatchRequestEntry.builder()
						.receiptHandle(message.receiptHandle())
						.visibilityTimeout(Math.toIntExact(time.toSeconds())),
					(entry, id) -> entry.id(id).build()))))
			.flatMap((response) -> requireAll(response.failed()));
	}

	private static <B, E> List<E> entries(List<Message> messages, Function<Message, B> entry,
			BiFunction<B, String, E> named) {
		return IntStream.range(0, messages.size())
			.mapToObj((index) -> named.apply(entry.apply(messages.get(index)), Integer.toString(index)))
			.toList();
	}

	private static Mono<Void> requireAll(List<BatchResultErrorEntry> failed) {
		return failed.isEmpty() ? Mono.empty() : Mono.error(new SqsRefusalException(
				failed.stream().map((entry) -> entry.code() + ": " + entry.message()).toList()));
	}

	/** Sends a message. */
	Mono<Void> send(String body) {
		return call(() -> this.client.sendMessage((request) -> request.queueUrl(this.url).messageBody(body))).then();
	}

	/** The attributes of the queue that tell how full it is, and when it gives up. */
	Mono<Map<QueueAttributeName, String>> attributes() {
		return call(() -> this.client.getQueueAttributes((request) -> request.queueUrl(this.url)
			.attributeNames(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
					QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, QueueAttributeName.REDRIVE_POLICY)))
			.map((response) -> response.attributes());
	}

	/** Off the event loops: credentials may be fetched first. */
	private static <T> Mono<T> call(Supplier<CompletableFuture<T>> call) {
		return Mono.fromFuture(call).subscribeOn(Schedulers.boundedElastic());
	}

	@Override
	public void close() {
		this.client.close();
	}

	@Override
	public String toString() {
		return this.url;
	}

	/** Some entries of a batch were refused. */
	static final class SqsRefusalException extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		SqsRefusalException(List<String> reasons) {
			super(reasons.stream().distinct().collect(Collectors.joining("; ")), null, false, false);
		}

	}

}
