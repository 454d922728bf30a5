package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class HedgedCallTests {

	private static final Duration AFTER = Duration.ofSeconds(1);

	private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

	private final HedgedCall hedged = new HedgedCall(AFTER, 2, this.clock, Runnable::run);

	private final List<Sinks.One<String>> second = new ArrayList<>();

	private final List<String> responses = new ArrayList<>();

	/** A call whose first attempt never responds. */
	private final Mono<String> silentAtFirst = Mono.deferContextual((context) -> {
		if (!HedgedCall.isSecond(context)) {
			return Mono.never();
		}
		this.second.add(Sinks.one());
		return this.second.getLast().asMono();
	});

	@Test
	void repeatsWhatIsSilent() {
		this.hedged.of(this.silentAtFirst).subscribe(this.responses::add);
		assertThat(this.second).isEmpty();
		this.clock.advanceTimeBy(AFTER);
		this.second.getFirst().tryEmitValue("second");
		assertThat(this.responses).containsExactly("second");
	}

	@Test
	void leavesTheRestToWaitForTheirTurn() {
		for (int i = 0; i < 5; i++) {
			this.hedged.of(this.silentAtFirst).subscribe(this.responses::add);
		}
		this.clock.advanceTimeBy(AFTER.multipliedBy(10));
		assertThat(this.second).hasSize(2);
		for (int i = 0; i < 5; i++) {
			this.second.get(i).tryEmitValue("second");
		}
		assertThat(this.responses).hasSize(5);
	}

	@Test
	void endsTheSecondCallWithTheFirst() {
		Sinks.One<String> first = Sinks.one();
		Mono<String> call = Mono
			.deferContextual((context) -> HedgedCall.isSecond(context) ? this.silentAtFirst : first.asMono());
		this.hedged.of(call).subscribe(this.responses::add);
		this.clock.advanceTimeBy(AFTER);
		first.tryEmitValue("first");
		assertThat(this.responses).containsExactly("first");
		assertThat(this.second.getFirst().currentSubscriberCount()).isZero();
	}

}
