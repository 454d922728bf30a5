package ai.doxle.imageorigin.store;

import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Several stores of the same images, in order of preference: the nearest first, then its
 * replicas. The next one is asked when one fails or does not have the image (replication
 * lags). An image is absent only if every store says so; otherwise the first failure is
 * the answer.
 */
final class FailoverImageStore implements ImageStore {

	private final List<ImageStore> stores;

	/**
	 * @param stores at least one, in order of preference
	 */
	FailoverImageStore(List<? extends ImageStore> stores) {
		this.stores = List.copyOf(stores);
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return ask(0, null, (store) -> store.head(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return ask(0, null, (store) -> store.open(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return ask(0, null, (store) -> store.open(key, span, version));
	}

	private <T> Mono<T> ask(int index, @Nullable Throwable failure, Function<ImageStore, Mono<T>> question) {
		if (index == this.stores.size()) {
			return (failure != null) ? Mono.error(failure) : Mono.empty();
		}
		return question.apply(this.stores.get(index))
			.materialize()
			.flatMap((signal) -> isLast(signal) ? Mono.just(signal).dematerialize()
					: ask(index + 1, (failure != null) ? failure : signal.getThrowable(), question));
	}

	/**
	 * Whether no other store is asked: there is the image, or the request was cancelled.
	 */
	private static boolean isLast(Signal<?> signal) {
		return signal.hasValue() || signal.getThrowable() instanceof ImageFailure.Abandoned;
	}

}
