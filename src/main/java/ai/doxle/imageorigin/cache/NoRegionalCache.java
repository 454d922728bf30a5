package ai.doxle.imageorigin.cache;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * No cache of the region: every instance is on its own.
 */
public final class NoRegionalCache implements RegionalCache {

	private static final Mono<RegionalAnswer> OFF = Mono.just(new RegionalAnswer.Off());

	@Override
	public Mono<RegionalAnswer> claim(ImageKey key) {
		return OFF;
	}

	@Override
	public Mono<RegionalAnswer> look(ImageKey key) {
		return OFF;
	}

	@Override
	public boolean takes(long length) {
		return false;
	}

	@Override
	public Mono<RegionalPurge> forget(ImageSelection selection) {
		return Mono.just(new RegionalPurge(0, List.of(), Duration.ZERO));
	}

	/** There is nobody to hear from. */
	@Override
	public boolean isReceivingPurges() {
		return true;
	}

}
