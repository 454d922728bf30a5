package ai.doxle.imageorigin.admin.endpoint;

import java.util.List;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.admin.events.EventQueue;
import ai.doxle.imageorigin.admin.events.payload.EventReader;
import ai.doxle.imageorigin.admin.events.payload.ImageEvent;
import ai.doxle.imageorigin.admin.events.payload.InvalidEventException;

/**
 * Takes events from webhooks, before they are done.
 */
final class EventWebhook {

	/** As large as a message of SQS may be. */
	static final int MAX_BYTES = 1024 * 1024;

	private final EventReader reader;

	private final EventQueue queue;

	EventWebhook(EventReader reader, EventQueue queue) {
		this.reader = reader;
		this.queue = queue;
	}

	/** Takes all events of a request, or refuses them all. */
	Mono<ServerResponse> take(ServerRequest request) {
		return DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), MAX_BYTES)
			.map(AdminHandler::bytes)
			.defaultIfEmpty(new byte[0])
			.onErrorMap(DataBufferLimitException.class, (tooLong) -> tooLarge())
			.publishOn(Schedulers.parallel())
			.map(this.reader::read)
			.onErrorMap(InvalidEventException.class,
					(invalid) -> new InvalidAdminRequestException(HttpStatus.BAD_REQUEST,
							String.valueOf(invalid.getMessage())))
			.doOnNext(this::offer)
			.then(noContent());
	}

	private void offer(List<ImageEvent> events) {
		if (events.size() > EventQueue.CAPACITY) {
			throw tooLarge();
		}
		if (!this.queue.offer(events)) {
			throw new InvalidAdminRequestException(HttpStatus.SERVICE_UNAVAILABLE,
					"Too many events are waiting; none of these was taken");
		}
	}

	private static InvalidAdminRequestException tooLarge() {
		return new InvalidAdminRequestException(HttpStatus.CONTENT_TOO_LARGE,
				"Send at most " + EventQueue.CAPACITY + " events, and at most " + MAX_BYTES + " bytes, by one request");
	}

	/** For senders that ask whether there is such an endpoint. */
	Mono<ServerResponse> probe(ServerRequest request) {
		return noContent();
	}

	private static Mono<ServerResponse> noContent() {
		return ServerResponse.noContent().cacheControl(CacheControl.noStore()).build();
	}

}
