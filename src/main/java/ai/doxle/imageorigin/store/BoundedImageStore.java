package ai.doxle.imageorigin.store;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.runtime.ResourceScope.Kind;

/**
 * A store that is asked for so many things at once and no more: see {@link ReadLimit}.
 * What has no turn in time is refused, as {@link ImageFailure.Busy}. A body counts until
 * it ends.
 */
final class BoundedImageStore implements ImageStore {

	private final ImageStore store;

	private final ReadLimit limit;

	/**
	 * @param store the store to protect
	 * @param limit how much may be under way
	 */
	BoundedImageStore(ImageStore store, ReadLimit limit) {
		this.store = store;
		this.limit = limit;
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return Mono.deferContextual((context) -> this.limit.head()
			.flatMap((turn) -> within(turn, ResourceScope.in(context), this.store.head(key))
				.doOnNext((head) -> turn.dispose())));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return read(this.store.open(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return read(this.store.open(key, span, version));
	}

	private Mono<StoredImage> read(Mono<StoredImage> opening) {
		return Mono.deferContextual((context) -> {
			ResourceScope scope = ResourceScope.in(context);
			return this.limit.read(scope.kind())
				.map(Disposables::composite)
				.flatMap((turns) -> within(turns, scope, opening).map((image) -> bounded(image, turns, scope.kind())));
		});
	}

	/** Gives the turn back if nothing was found. */
	private static <T> Mono<T> within(Disposable turn, ResourceScope scope, Mono<T> response) {
		scope.own(turn);
		return response.switchIfEmpty(Mono.fromRunnable(turn::dispose))
			.doOnError((failure) -> turn.dispose())
			.doOnCancel(turn::dispose);
	}

	private StoredImage bounded(StoredImage image, Disposable.Composite turns, Kind opener) {
		StoredImage bounded = image.withBody(image.body().doFinally((signal) -> turns.dispose()));
		return (opener != Kind.RESPONSE) ? bounded.withPacing(this.limit.stream().doOnNext(turns::add).then())
				: bounded;
	}

}
