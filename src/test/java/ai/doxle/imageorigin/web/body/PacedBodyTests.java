package ai.doxle.imageorigin.web.body;

import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

import static org.assertj.core.api.Assertions.assertThat;

class PacedBodyTests {

	private final TestPublisher<String> source = TestPublisher.create();

	private final List<Long> requests = new ArrayList<>();

	private final TestSubscriber<String> writer = TestSubscriber.builder().initialRequest(0).build();

	private EmbeddedChannel channel;

	@BeforeEach
	void subscribe() {
		this.channel = new EmbeddedChannel();
		this.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
		new PacedBody<>(this.source.flux().doOnRequest(this.requests::add), this.channel).subscribe(this.writer);
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void asksForOnePieceAtATime() {
		request(128);
		request(64);
		assertThat(this.requests).containsExactly(1L);
		give("a");
		assertThat(this.requests).containsExactly(1L, 1L);
	}

	@Test
	void asksForNothingThatNobodyWants() {
		this.channel.runPendingTasks();
		assertThat(this.requests).isEmpty();
		request(1);
		give("a");
		assertThat(this.requests).containsExactly(1L);
	}

	@Test
	void waitsWhileTheConnectionTakesNoMore() {
		fill();
		request(128);
		assertThat(this.requests).isEmpty();
		this.channel.flush();
		assertThat(this.requests).containsExactly(1L);
		fill();
		give("a");
		assertThat(this.requests).containsExactly(1L);
		this.channel.flush();
		assertThat(this.requests).containsExactly(1L, 1L);
	}

	@Test
	void passesOnWhatComesAndHowItEnds() {
		request(Long.MAX_VALUE);
		give("a");
		give("b");
		this.source.complete();
		assertThat(this.writer.getReceivedOnNext()).containsExactly("a", "b");
		assertThat(this.writer.isTerminatedComplete()).isTrue();
	}

	@Test
	void passesOnFailure() {
		this.source.error(new IllegalStateException("broken"));
		assertThat(this.writer.expectTerminalError()).hasMessage("broken");
	}

	@Test
	void passesOnCancellation() {
		fill();
		request(1);
		this.writer.cancel();
		this.source.assertCancelled();
	}

	@Test
	void givesAllPiecesOfASourceThatIsAtHand() {
		TestSubscriber<Integer> all = TestSubscriber.create();
		new PacedBody<>(Flux.range(0, 100_000), this.channel).subscribe(all);
		this.channel.runPendingTasks();
		assertThat(all.getReceivedOnNext()).hasSize(100_000).isSorted();
		assertThat(all.isTerminatedComplete()).isTrue();
	}

	private void request(long count) {
		this.writer.request(count);
		this.channel.runPendingTasks();
	}

	private void give(String piece) {
		this.source.next(piece);
		this.channel.runPendingTasks();
	}

	@SuppressWarnings("FutureReturnValueIgnored") // nothing is flushed yet
	private void fill() {
		ByteBuf much = Unpooled.buffer().writeBytes(new byte[16]);
		this.channel.write(much);
		assertThat(this.channel.isWritable()).isFalse();
	}

}
