package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import ai.doxle.imageorigin.runtime.ResourceScope.Kind;

import static org.assertj.core.api.Assertions.assertThat;

class ReadLimitTests {

	private final Queue<Runnable> work = new ArrayDeque<>();

	private final ReadLimit limit = new ReadLimit(1, 1, 1, 1, Duration.ofSeconds(5), this.work::add);

	private final List<Disposable> turns = new ArrayList<>();

	@Test
	void hasAWaitingReadGoOnByTheExecutorAlone() {
		this.limit.read(Kind.LOAD).subscribe(this.turns::add);
		this.work.remove().run();
		this.limit.read(Kind.LOAD).subscribe(this.turns::add);
		assertThat(this.work).isEmpty();
		this.turns.removeFirst().dispose();
		assertThat(this.turns).isEmpty();
		this.work.remove().run();
		assertThat(this.turns).hasSize(1);
	}

}
