package ai.doxle.imageorigin.telemetry;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.telemetry.RegionalMeters.Question;

/**
 * Counts what the region answers and how fast, and the bytes that come from it.
 */
final class MeteredRegionalCache implements RegionalCache {

	private final RegionalCache region;

	private final RegionalMeters meters;

	MeteredRegionalCache(RegionalCache region, RegionalMeters meters) {
		this.region = region;
		this.meters = meters;
	}

	@Override
	public Mono<RegionalAnswer> claim(ImageKey key) {
		return this.meters.timed(Question.CLAIM, this.region.claim(key)).map(this::metered);
	}

	@Override
	public Mono<RegionalAnswer> look(ImageKey key) {
		return this.meters.timed(Question.LOOK, this.region.look(key)).map(this::metered);
	}

	@Override
	public boolean takes(long length) {
		return this.region.takes(length);
	}

	@Override
	public Mono<RegionalPurge> forget(ImageSelection selection) {
		return this.region.forget(selection).doOnNext(this.meters::purged);
	}

	@Override
	public boolean isReceivingPurges() {
		return this.region.isReceivingPurges();
	}

	private RegionalAnswer metered(RegionalAnswer answer) {
		return switch (answer) {
			case RegionalAnswer.Held held -> metered(held);
			case RegionalAnswer.Loading loading -> new RegionalAnswer.Loading(loading.image().map(this::metered));
			default -> answer;
		};
	}

	private RegionalAnswer.Held metered(RegionalAnswer.Held held) {
		return new RegionalAnswer.Held(held.head(),
				held.body().doOnNext((piece) -> this.meters.read.increment(piece.readableByteCount())));
	}

}
