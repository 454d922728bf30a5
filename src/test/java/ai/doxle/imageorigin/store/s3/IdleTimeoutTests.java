package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

class IdleTimeoutTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final Duration LIMIT = Duration.ofSeconds(1);

	private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

	private final TestPublisher<String> source = TestPublisher.create();

	@Test
	void doesNotFailWithoutDemand() {
		StepVerifier.create(watched(this.clock), 0)
			.then(() -> this.clock.advanceTimeBy(Duration.ofHours(1)))
			.then(this.source::assertNotCancelled)
			.thenRequest(1)
			.then(() -> this.source.next("a"))
			.expectNext("a")
			.then(() -> this.clock.advanceTimeBy(Duration.ofHours(1)))
			.then(this.source::complete)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void failsIfDemandIsNotMet() {
		StepVerifier.create(watched(this.clock), 1)
			.then(() -> this.clock.advanceTimeBy(LIMIT.multipliedBy(5).dividedBy(4)))
			.expectErrorMessage("idle")
			.verify(TIMEOUT);
		this.source.assertCancelled();
	}

	@Test
	void failsIfUnboundedDemandIsNotMetAnyLonger() {
		StepVerifier.create(watched(this.clock))
			.then(() -> this.clock.advanceTimeBy(Duration.ofMillis(900)))
			.then(() -> this.source.next("a"))
			.expectNext("a")
			.then(() -> this.clock.advanceTimeBy(Duration.ofMillis(900)))
			.then(() -> this.source.next("b"))
			.expectNext("b")
			.then(() -> this.clock.advanceTimeBy(Duration.ofMillis(1250)))
			.expectErrorMessage("idle")
			.verify(TIMEOUT);
		this.source.assertCancelled();
	}

	@Test
	void countsFromTheDemandOnwards() {
		StepVerifier.create(watched(this.clock), 0)
			.then(() -> this.clock.advanceTimeBy(Duration.ofHours(1)))
			.thenRequest(1)
			.then(() -> this.clock.advanceTimeBy(Duration.ofMillis(900)))
			.then(this.source::assertNotCancelled)
			.then(() -> this.clock.advanceTimeBy(Duration.ofMillis(350)))
			.expectErrorMessage("idle")
			.verify(TIMEOUT);
	}

	@Test
	void doesNotFailIfTheClockIsLookedAtWhileDemandComes() {
		InterruptingClock interrupting = new InterruptingClock();
		StepVerifier.create(watched(interrupting), 0).then(() -> {
			interrupting.now = Duration.ofHours(1).toMillis();
			interrupting.interrupts = true;
		}).thenRequest(1).then(() -> this.source.next("a")).expectNext("a").thenCancel().verify(TIMEOUT);
	}

	@Test
	void passesFailuresOn() {
		StepVerifier.create(watched(this.clock))
			.then(() -> this.source.error(new IllegalStateException("broken")))
			.expectErrorMessage("broken")
			.verify(TIMEOUT);
	}

	@Test
	void cancelsItsSource() {
		StepVerifier.create(watched(this.clock), 1)
			.then(() -> this.source.next("a"))
			.expectNext("a")
			.thenCancel()
			.verify(TIMEOUT);
		this.source.assertCancelled();
	}

	private Flux<String> watched(Scheduler scheduler) {
		return new IdleTimeout<>(this.source.flux(), LIMIT, scheduler, () -> new IllegalStateException("idle"));
	}

	/** Looks at the clock in the midst of somebody else's reading it, if told so. */
	private static final class InterruptingClock implements Scheduler {

		private Runnable look = () -> {
		};

		private long now;

		private boolean interrupts;

		@Override
		public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
			this.look = task;
			return Disposables.single();
		}

		@Override
		public long now(TimeUnit unit) {
			if (this.interrupts) {
				this.interrupts = false;
				this.look.run();
			}
			return unit.convert(this.now, TimeUnit.MILLISECONDS);
		}

		@Override
		public Disposable schedule(Runnable task) {
			throw new UnsupportedOperationException();
		}

		@Override
		public Worker createWorker() {
			throw new UnsupportedOperationException();
		}

	}

}
