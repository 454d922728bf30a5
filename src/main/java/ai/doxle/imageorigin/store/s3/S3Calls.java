package ai.doxle.imageorigin.store.s3;

import java.util.concurrent.CompletableFuture;

import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.store.s3.HedgedCall.Attempt;
import ai.doxle.imageorigin.store.s3.client.S3Clients;
import ai.doxle.imageorigin.store.s3.response.S3Failures;

/**
 * Opens the bodies of one bucket, each over the client that is to read it. A client that
 * cannot connect is no outage of S3 if the other one can.
 */
final class S3Calls {

	private final S3Clients clients;

	S3Calls(S3Clients clients) {
		this.clients = clients;
	}

	/**
	 * Opens a body.
	 * @param scope owns it
	 * @return the body when its head is here
	 */
	Mono<S3Body> open(GetObjectRequest request, Attempt attempt, ResourceScope scope) {
		return switch (attempt) {
			case FIRST -> first(request, scope);
			case SECOND -> second(request, scope);
		};
	}

	private Mono<S3Body> first(GetObjectRequest request, ResourceScope scope) {
		S3Clients.Way way = this.clients.way(scope.kind());
		return Mono.fromFuture(() -> call(request, scope, way))
			.doOnSuccess((body) -> this.clients.responded(way))
			.onErrorResume(S3Failures::isOfConnection, (failure) -> {
				S3Clients.Way other = this.clients.otherThan(way);
				return (other != null && !scope.isDisposed()) ? byOther(request, scope, other, failure)
						: Mono.error(failure);
			});
	}

	private Mono<S3Body> second(GetObjectRequest request, ResourceScope scope) {
		S3Clients.Way way = this.clients.secondWay(scope.kind());
		return Mono.fromFuture(() -> call(request, scope, way))
			.doOnSuccess((body) -> this.clients.respondedSecond(way, scope.kind()));
	}

	private Mono<S3Body> byOther(GetObjectRequest request, ResourceScope scope, S3Clients.Way other,
			Throwable failure) {
		String reason = String.valueOf(failure.getMessage());
		return Mono.fromFuture(() -> call(request, scope, other))
			.doOnSuccess((body) -> this.clients.crtFailed(reason))
			.doOnError(S3Failures::isResponse, (refusal) -> this.clients.crtFailed(reason))
			.doOnError(S3Failures::isOfConnection, (another) -> {
				another.addSuppressed(failure);
				this.clients.bothFailed();
			});
	}

	private static CompletableFuture<S3Body> call(GetObjectRequest request, ResourceScope scope, S3Clients.Way way) {
		S3Body response = S3Body.request(way.gathered(),
				(body) -> way.call((client) -> client.getObject(request, body)));
		scope.own(response);
		return response.begun();
	}

}
