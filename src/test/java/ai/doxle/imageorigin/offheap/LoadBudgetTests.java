package ai.doxle.imageorigin.offheap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

class LoadBudgetTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final long LARGE = 1_000_000;

	private final LoadBudget budget = new LoadBudget(3 * LARGE);

	private final List<String> admitted = new ArrayList<>();

	@Test
	void hasLoadsWaitInOrder() {
		ask("a", LARGE);
		ask("b", LARGE);
		ask("c", LARGE);
		ask("d", 2 * LARGE);
		ask("e", LARGE);
		assertThat(this.admitted).containsExactly("a", "b");
		this.budget.release(LARGE);
		assertThat(this.admitted).containsExactly("a", "b", "c");
		this.budget.release(LARGE);
		assertThat(this.admitted).containsExactly("a", "b", "c");
		this.budget.release(LARGE);
		assertThat(this.admitted).containsExactly("a", "b", "c", "d");
		this.budget.release(2 * LARGE);
		assertThat(this.admitted).containsExactly("a", "b", "c", "d", "e");
		this.budget.release(LARGE);
		assertThat(this.budget.hasRoom(3 * LARGE)).isTrue();
	}

	@Test
	void neverHasSmallImagesWaitForLargeOnes() {
		ask("a", LARGE);
		ask("b", LARGE);
		ask("c", LARGE);
		ask("small", LoadBudget.SMALL);
		assertThat(this.admitted).containsExactly("a", "b", "small");
	}

	@Test
	void givesOneImageAllThatThereIs() {
		ask("all", 3 * LARGE);
		assertThat(this.admitted).containsExactly("all");
	}

	@Test
	void refusesWhatNeverFitsAtOnce() {
		StepVerifier.create(this.budget.acquire(3 * LARGE + 1, PATIENCE)).expectNext(false).verifyComplete();
	}

	@Test
	void refusesWhatFindsNoRoomInTime() {
		ask("all", 3 * LARGE);
		StepVerifier.withVirtualTime(() -> this.budget.acquire(LARGE, PATIENCE))
			.thenAwait(PATIENCE)
			.expectNext(false)
			.verifyComplete();
		this.budget.release(3 * LARGE);
		assertThat(this.budget.hasRoom(3 * LARGE)).isTrue();
	}

	@Test
	void forgetsWhoLeaves() {
		ask("all", 3 * LARGE);
		ask("left", LARGE).dispose();
		this.budget.release(3 * LARGE);
		assertThat(this.admitted).containsExactly("all");
		assertThat(this.budget.hasRoom(3 * LARGE)).isTrue();
	}

	@Test
	void takesRoomBackFromALoadThatEndsAsItIsGivenIt() {
		ask("all", 3 * LARGE);
		Disposable.Swap second = Disposables.swap();
		this.budget.acquire(LARGE, PATIENCE).subscribe((granted) -> second.dispose());
		second.update(this.budget.acquire(LARGE, PATIENCE).subscribe());
		this.budget.release(3 * LARGE);
		this.budget.release(LARGE);
		assertThat(this.budget.tryAcquire(3 * LARGE)).isTrue();
	}

	private Disposable ask(String name, long length) {
		return this.budget.acquire(length, PATIENCE).subscribe((granted) -> {
			if (granted) {
				this.admitted.add(name);
			}
		});
	}

}
