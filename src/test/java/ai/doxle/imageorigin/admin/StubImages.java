package ai.doxle.imageorigin.admin;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Writes down what is asked of it, and warms as it is told.
 */
final class StubImages implements InstanceImages {

	final List<ImageSelection> forgotten = new CopyOnWriteArrayList<>();

	final AtomicInteger underWay = new AtomicInteger();

	private final Function<ImageKey, Mono<WarmResult>> warming;

	StubImages(Function<ImageKey, Mono<WarmResult>> warming) {
		this.warming = warming;
	}

	@Override
	public long forget(ImageSelection selection) {
		this.forgotten.add(selection);
		return 1;
	}

	@Override
	public Mono<WarmResult> warm(ImageKey key) {
		return this.warming.apply(key)
			.doOnSubscribe((subscription) -> this.underWay.incrementAndGet())
			.doFinally((signal) -> this.underWay.decrementAndGet());
	}

}
