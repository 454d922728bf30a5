package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;

import static org.assertj.core.api.Assertions.assertThat;

class FailoverImageStoreTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final ImageFailure firstFailure = new ImageFailure.Unavailable("first", null);

	private final ImageFailure secondFailure = new ImageFailure.TimedOut("second", null);

	private final List<String> asked = new ArrayList<>();

	@Test
	void asksTheFirstStoreOnlyIfItHasTheImage() {
		StoredImage first = StubStore.image("1");
		expectImage(stores(Mono.just(first), Mono.just(StubStore.image("2"))), first);
		assertThat(this.asked).containsExactly("0");
	}

	@Test
	void asksTheNextStoreIfTheImageIsAbsent() {
		StoredImage third = StubStore.image("3");
		expectImage(stores(Mono.empty(), Mono.empty(), Mono.just(third)), third);
		assertThat(this.asked).containsExactly("0", "1", "2");
	}

	@Test
	void asksTheNextStoreIfOneFails() {
		StoredImage second = StubStore.image("2");
		expectImage(stores(Mono.error(this.firstFailure), Mono.just(second)), second);
		assertThat(this.asked).containsExactly("0", "1");
	}

	@Test
	void failsIfOneFailedAndTheImageIsAbsentElsewhere() {
		expectFailure(stores(Mono.error(this.firstFailure), Mono.empty()), this.firstFailure);
		expectFailure(stores(Mono.empty(), Mono.error(this.secondFailure)), this.secondFailure);
	}

	@Test
	void failsWithTheFirstFailure() {
		expectFailure(stores(Mono.error(this.firstFailure), Mono.error(this.secondFailure)), this.firstFailure);
	}

	@Test
	void isEmptyIfTheImageIsAbsentEverywhere() {
		StepVerifier.create(stores(Mono.empty(), Mono.empty()).open(StubStore.KEY)).expectComplete().verify(TIMEOUT);
		assertThat(this.asked).containsExactly("0", "1");
	}

	@Test
	void asksHeadsAndSpansInTheSameOrder() {
		StoredImage second = StubStore.image("2");
		ImageStore store = stores(Mono.error(this.firstFailure), Mono.just(second));
		StepVerifier.create(store.head(StubStore.KEY)).expectNext(second.head()).expectComplete().verify(TIMEOUT);
		StepVerifier.create(store.open(StubStore.KEY, new ByteSpan(0, 1), new ETag("2", false)))
			.expectNext(second)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.asked).containsExactly("0", "1", "0", "1");
	}

	@Test
	void asksNothingBeforeSubscription() {
		assertThat(stores(Mono.empty()).open(StubStore.KEY)).isNotNull();
		assertThat(this.asked).isEmpty();
	}

	@SafeVarargs
	private final ImageStore stores(Mono<StoredImage>... answers) {
		List<ImageStore> stores = new ArrayList<>();
		for (Mono<StoredImage> answer : answers) {
			stores.add(new StubStore(String.valueOf(stores.size()), this.asked, answer));
		}
		return new FailoverImageStore(stores);
	}

	private static void expectImage(ImageStore store, StoredImage image) {
		StepVerifier.create(store.open(StubStore.KEY)).expectNext(image).expectComplete().verify(TIMEOUT);
	}

	private static void expectFailure(ImageStore store, ImageFailure failure) {
		StepVerifier.create(store.open(StubStore.KEY))
			.expectErrorSatisfies((error) -> assertThat(error).isSameAs(failure))
			.verify(TIMEOUT);
	}

}
