package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.runtime.ResourceScope;

import static org.assertj.core.api.Assertions.assertThat;

class BoundedImageStoreTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final List<String> asked = new ArrayList<>();

	private ReadLimit limit = new ReadLimit(1, 1, 1, 1, Duration.ofSeconds(5), Runnable::run);

	private final Sinks.Many<DataBuffer> body = Sinks.many().multicast().directBestEffort();

	@Test
	void letsOneWaitAndRefusesTheRest() {
		BoundedImageStore store = bounded(Mono.just(image(this.body.asFlux())));
		Disposable reader = store.open(StubStore.KEY).flatMapMany(StoredImage::body).subscribe();
		Mono<StoredImage> second = store.open(StubStore.KEY).cache();
		second.subscribe();
		assertThat(this.limit.waiting().total()).isOne();
		StepVerifier.create(store.open(StubStore.KEY))
			.expectErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(ImageFailure.Busy.class))
			.verify(TIMEOUT);
		assertThat(this.asked).hasSize(1);
		reader.dispose();
		StepVerifier.create(second).expectNextCount(1).expectComplete().verify(TIMEOUT);
		assertThat(this.asked).hasSize(2);
	}

	@Test
	void givesTheTurnBackWhateverHappens() {
		endsTurn(Mono.empty());
		endsTurn(Mono.error(new ImageFailure.Unavailable("broken", null)));
		endsTurn(Mono.just(image(Flux.empty())));
		endsTurn(Mono.just(image(Flux.error(new ImageFailure.Unavailable("broken", null)))));
		BoundedImageStore slow = bounded(Mono.never());
		slow.open(StubStore.KEY).subscribe().dispose();
		assertThat(this.limit.underWay().total()).isZero();
	}

	@Test
	void givesTheTurnOfAHeadBack() {
		BoundedImageStore store = bounded(Mono.just(image(Flux.never())));
		StepVerifier.create(store.head(StubStore.KEY)).expectNextCount(1).expectComplete().verify(TIMEOUT);
		assertThat(this.limit.underWay().total()).isZero();
	}

	@Test
	void givesTheTurnOfAnAbandonedBodyBack() {
		BoundedImageStore store = bounded(Mono.just(image(Flux.never())));
		StoredImage image = store.open(StubStore.KEY).block(TIMEOUT);
		assertThat(this.limit.underWay().total()).isOne();
		image.abandon();
		assertThat(this.limit.underWay().total()).isZero();
	}

	@Test
	void countsWhatALoadReadsForItsReaderAsAStream() {
		ResourceScope scope = ResourceScope.ofLoad();
		BoundedImageStore store = bounded(Mono.just(image(Flux.never())));
		StoredImage loaded = store.open(StubStore.KEY).contextWrite(scope::addTo).block(TIMEOUT);
		assertThat(this.limit.underWay()).isEqualTo(new ReadLimit.Usage(1, 0, 0));
		loaded.abandon();
		scope.handOver();
		StoredImage resumed = store.open(StubStore.KEY).contextWrite(scope::addTo).block(TIMEOUT);
		assertThat(this.limit.underWay()).isEqualTo(new ReadLimit.Usage(0, 1, 0));
		resumed.abandon();
		assertThat(this.limit.underWay().total()).isZero();
	}

	private void endsTurn(Mono<StoredImage> answer) {
		BoundedImageStore store = bounded(answer);
		store.open(StubStore.KEY).flatMapMany(StoredImage::body).onErrorComplete().then().block(TIMEOUT);
		assertThat(this.limit.underWay().total()).isZero();
		assertThat(this.limit.waiting().total()).isZero();
	}

	private BoundedImageStore bounded(Mono<StoredImage> answer) {
		this.limit = new ReadLimit(1, 1, 1, 1, Duration.ofSeconds(5), Runnable::run);
		return new BoundedImageStore(new StubStore("s3", this.asked, answer), this.limit);
	}

	private static StoredImage image(Flux<DataBuffer> body) {
		return StubStore.image("one").withBody(body);
	}

}
