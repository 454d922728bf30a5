package ai.doxle.imageorigin.telemetry;

import ai.doxle.imageorigin.cache.ImageBytes;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.telemetry.RegionalMeters.Outcome;
import reactor.core.publisher.Mono;

/**
 * Counts how a lease ended.
 */
final class MeteredLease implements RegionalLease {

	private final RegionalLease lease;

	private final RegionalMeters meters;

	MeteredLease(RegionalLease lease, RegionalMeters meters) {
		this.lease = lease;
		this.meters = meters;
	}

	@Override
	public Mono<Void> keep(ImageHead head, ImageBytes bytes) {
		return this.lease.keep(head, bytes).doOnSuccess((done) -> {
			this.meters.ended(bytes.isComplete() ? Outcome.KEPT : Outcome.BROKEN);
			this.meters.written.increment(bytes.filled());
		});
	}

	@Override
	public Mono<Void> keepAbsent() {
		return this.lease.keepAbsent().doOnSuccess((done) -> this.meters.ended(Outcome.KEPT_ABSENT));
	}

	@Override
	public Mono<Void> giveUp() {
		return this.lease.giveUp().doOnSuccess((done) -> this.meters.ended(Outcome.GIVEN_UP));
	}

}
