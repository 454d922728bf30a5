package ai.doxle.imageorigin.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

class TurnsTests {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final Turns turns = new Turns(1, 2, Runnable::run);

	private final List<Disposable> taken = new ArrayList<>();

	@AfterEach
	void close() {
		this.turns.close();
	}

	@Test
	void givesATurnBackOnceHoweverOftenItIsDisposedOf() {
		take(3);
		assertThat(this.taken).hasSize(1);
		this.taken.getFirst().dispose();
		this.taken.getFirst().dispose();
		assertThat(this.taken).hasSize(2);
		assertThat(this.turns.underWay()).isEqualTo(1);
		assertThat(this.turns.waiting()).isEqualTo(1);
	}

	@Test
	void refusesWhereTooManyWait() {
		take(3);
		StepVerifier.create(this.turns.take(PATIENCE)).expectErrorMatches(Turns::isRefusal).verify(PATIENCE);
		assertThat(this.turns.waiting()).isEqualTo(2);
	}

	@Test
	void refusesWhenPatienceEnds() {
		take(1);
		StepVerifier.create(this.turns.take(Duration.ofMillis(1)))
			.expectErrorMatches(Turns::isRefusal)
			.verify(PATIENCE);
		assertThat(this.turns.waiting()).isZero();
	}

	@Test
	void hasWhoWaitsGoOnByTheExecutorAlone() {
		Queue<Runnable> work = new ArrayDeque<>();
		try (Turns elsewhere = new Turns(1, 1, work::add)) {
			elsewhere.take(PATIENCE).subscribe(this.taken::add);
			work.remove().run();
			elsewhere.take(PATIENCE).subscribe(this.taken::add);
			assertThat(work).isEmpty();
			this.taken.removeFirst().dispose();
			assertThat(this.taken).isEmpty();
			work.remove().run();
			assertThat(this.taken).hasSize(1);
		}
	}

	@Test
	void doesWorkInItsTurnWhichIsOverBeforeTheResultIsHandedOn() {
		Sinks.One<String> first = Sinks.one();
		List<String> results = new ArrayList<>();
		this.turns.during(first::asMono).subscribe((result) -> results.add(result + this.turns.underWay()));
		this.turns.during(() -> Mono.just("second")).subscribe(results::add);
		assertThat(results).isEmpty();
		first.tryEmitValue("first").orThrow();
		assertThat(results).containsExactly("second", "first0");
	}

	private void take(int count) {
		for (int i = 0; i < count; i++) {
			this.turns.take(PATIENCE).subscribe(this.taken::add, (closed) -> {
			});
		}
	}

}
