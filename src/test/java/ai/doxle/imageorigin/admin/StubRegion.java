package ai.doxle.imageorigin.admin;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * A region that answers as it is told.
 *
 * @param answer what it says of every image
 * @param forgotten what it says of every purge
 */
record StubRegion(RegionalAnswer answer, Mono<RegionalPurge> forgotten) implements RegionalCache {

	@Override
	public Mono<RegionalAnswer> claim(ImageKey key) {
		throw new IllegalStateException("upkeep claims nothing");
	}

	@Override
	public Mono<RegionalAnswer> look(ImageKey key) {
		return Mono.just(this.answer);
	}

	@Override
	public boolean takes(long length) {
		return true;
	}

	@Override
	public Mono<RegionalPurge> forget(ImageSelection selection) {
		return this.forgotten;
	}

	@Override
	public boolean isReceivingPurges() {
		return true;
	}

}
