package ai.doxle.imageorigin.admin.events.sqs;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.admin.PeerRegions;
import ai.doxle.imageorigin.admin.events.EventProperties;
import ai.doxle.imageorigin.admin.events.payload.ImageEvent;
import ai.doxle.imageorigin.admin.events.payload.PurgeMessages;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The queues of the other regions. A region that reads a purge there does not pass it on.
 */
final class PeerQueues implements PeerRegions, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(PeerQueues.class);

	private final Map<String, SqsQueue> queues = new LinkedHashMap<>();

	private final String self;

	private final JsonMapper json;

	/**
	 * @param self how this region calls itself
	 */
	PeerQueues(List<EventProperties.Peer> peers, String self, JsonMapper json) {
		peers.forEach((peer) -> this.queues.put(peer.name(), new SqsQueue(peer.queue())));
		this.self = self;
		this.json = json;
	}

	@Override
	public Mono<Map<String, Boolean>> tell(ImageSelection selection) {
		return Mono.fromSupplier(() -> message(selection))
			.flatMap((message) -> Flux.fromIterable(this.queues.entrySet())
				.flatMap((peer) -> tell(peer.getKey(), peer.getValue(), message), this.queues.size())
				.collectMap(Map.Entry::getKey, Map.Entry::getValue));
	}

	private String message(ImageSelection selection) {
		return PurgeMessages.write(this.json,
				new ImageEvent.PurgeAsked(UUID.randomUUID().toString(), selection, this.self, Instant.now()));
	}

	private static Mono<Map.Entry<String, Boolean>> tell(String region, SqsQueue queue, String message) {
		return queue.send(message).thenReturn(Map.entry(region, true)).onErrorResume((failure) -> {
			logger.warn("Region {} cannot be told of a purge: {}", region, failure.getMessage());
			return Mono.just(Map.entry(region, false));
		});
	}

	@Override
	public void close() {
		this.queues.values().forEach(SqsQueue::close);
	}

}
