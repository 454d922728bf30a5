package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

import ai.doxle.imageorigin.store.s3.HedgedCall.Attempt;

import static org.assertj.core.api.Assertions.assertThat;

class HedgedCallTests {

	private static final Duration AFTER = Duration.ofSeconds(1);

	private static final int LIMIT = 2;

	private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

	private final HedgedCall hedged = new HedgedCall(AFTER, LIMIT, IllegalStateException.class::isInstance, this.clock,
			Runnable::run);

	private final List<Sinks.One<String>> first = new ArrayList<>();

	private final List<Sinks.One<String>> second = new ArrayList<>();

	private final List<String> outcomes = new ArrayList<>();

	@Test
	void repeatsWhatIsSilent() {
		begin();
		assertThat(this.second).isEmpty();
		this.clock.advanceTimeBy(AFTER);
		this.second.getFirst().tryEmitValue("second");
		assertThat(this.outcomes).containsExactly("second");
	}

	@Test
	void hasTheRestWaitForTheirTurn() {
		begin(5);
		this.clock.advanceTimeBy(AFTER.multipliedBy(10));
		assertThat(this.second).hasSize(LIMIT);
		for (int i = 0; i < 5; i++) {
			this.second.get(i).tryEmitValue("second");
		}
		assertThat(this.outcomes).hasSize(5);
	}

	@Test
	void givesATurnToTheNextWhateverEndsTheSecondCall() {
		begin(LIMIT + 4);
		this.clock.advanceTimeBy(AFTER);
		this.second.get(0).tryEmitEmpty();
		assertThat(this.second).hasSize(LIMIT + 1);
		this.second.get(1).tryEmitError(new IOException("no connection"));
		assertThat(this.second).hasSize(LIMIT + 2);
		this.second.get(2).tryEmitError(new IllegalStateException("refused"));
		assertThat(this.second).hasSize(LIMIT + 3);
		this.first.get(3).tryEmitValue("first");
		assertThat(this.second).hasSize(LIMIT + 4);
		assertThat(this.outcomes).containsExactly("empty", "refused", "first");
	}

	@Test
	void passesOverWhoHasLeft() {
		begin(LIMIT);
		Disposable waiting = begin();
		begin();
		this.clock.advanceTimeBy(AFTER);
		waiting.dispose();
		this.second.get(0).tryEmitValue("second");
		this.second.get(1).tryEmitValue("second");
		assertThat(this.second).hasSize(LIMIT + 1);
		this.second.get(2).tryEmitValue("last");
		assertThat(this.outcomes).containsExactly("second", "second", "last");
	}

	@Test
	void hasTheFirstCallDecideWhereTheSecondSaysNothing() {
		begin();
		this.clock.advanceTimeBy(AFTER);
		this.second.getFirst().tryEmitError(new IOException("no connection"));
		assertThat(this.outcomes).isEmpty();
		this.first.getFirst().tryEmitValue("first");
		assertThat(this.outcomes).containsExactly("first");
	}

	private void begin(int calls) {
		for (int i = 0; i < calls; i++) {
			begin();
		}
	}

	private Disposable begin() {
		return this.hedged.of(this::call)
			.defaultIfEmpty("empty")
			.subscribe(this.outcomes::add, (failure) -> this.outcomes.add(failure.getMessage()));
	}

	private Mono<String> call(Attempt attempt) {
		Sinks.One<String> response = Sinks.one();
		((attempt == Attempt.FIRST) ? this.first : this.second).add(response);
		return response.asMono();
	}

}
