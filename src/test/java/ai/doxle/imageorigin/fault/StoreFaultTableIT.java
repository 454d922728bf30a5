package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import ai.doxle.imageorigin.harness.Crowd.End;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What readers of a region see when S3 fails: the right bytes, or an honest end.
 */
class StoreFaultTableIT extends FaultTable {

	@Test
	void s3IsDownButWhatIsCachedIsServed() throws Exception {
		RunningOrigin one = join(withoutMemory());
		RunningOrigin two = join();
		for (String name : names("cached/", 5)) {
			one.get(one.image(name));
		}
		this.s3.failAlways(Fault.INTERNAL_ERROR);
		for (String name : names("cold/", 25)) {
			assertThat(two.get(two.image(name)).statusCode()).isIn(502, 503);
		}
		for (String name : names("cached/", 5)) {
			this.crowd.ask(10, one.image(name));
			this.crowd.ask(10, two.image(name));
		}
		assertAllWhole();
		assertThat(two.get(two.image("another.png")).statusCode()).isEqualTo(503);
		this.s3.failAlways(Fault.NONE);
		await().atMost(Duration.ofSeconds(30)).until(() -> two.get(two.image("another.png")).statusCode() == 200);
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_BEFORE_HEAD", "SLOW_DOWN", "INTERNAL_ERROR" })
	void s3IsIllBeforeTheHead(Fault fault) throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join();
		this.s3.failAlways(fault);
		this.crowd.ask(20, one.image("faulty.png"));
		this.crowd.ask(20, two.image("faulty.png"));
		assertThat(outcome()).allMatch((answer) -> answer.end() == End.REFUSED && answer.status() >= 502);
		this.s3.failAlways(Fault.NONE);
		await().atMost(Duration.ofSeconds(30)).until(() -> one.get(one.image("faulty.png")).statusCode() == 200);
		await().atMost(Duration.ofSeconds(30)).until(() -> two.get(two.image("faulty.png")).statusCode() == 200);
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_IN_BODY", "RESETS_IN_BODY", "ENDS_SHORT" })
	void s3BreaksOffAndIsResumedOnce(Fault fault) {
		RunningOrigin one = join();
		RunningOrigin two = join();
		int before = this.s3.gets();
		this.s3.failNext(fault);
		this.crowd.ask(20, one.image("broken.png"));
		this.crowd.ask(20, two.image("broken.png"));
		assertAllWhole();
		assertThat(this.s3.gets() - before).isEqualTo(2);
	}

	@Test
	void s3KeepsBreakingOffAndEverybodyIsCut() throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join();
		this.s3.failAlways(Fault.RESETS_IN_BODY);
		this.crowd.ask(20, one.image("cut.png"));
		this.crowd.ask(20, two.image("cut.png"));
		assertThat(outcome()).allMatch((answer) -> answer.end() == End.CUT);
		this.s3.failAlways(Fault.NONE);
		assertThat(one.get(one.image("cut.png")).body()).isEqualTo(IMAGE);
		assertThat(two.get(two.image("cut.png")).body()).isEqualTo(IMAGE);
	}

	@Test
	void anotherVersionIsStoredBetweenTwoReads() throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join();
		this.s3.failNext(Fault.RESETS_IN_BODY);
		this.s3.pace(PAUSE);
		this.crowd.ask(20, one.image("changed.png"));
		this.crowd.ask(20, two.image("changed.png"));
		await().until(() -> this.s3.sent() > IMAGE.length / 4);
		this.s3.store("\"two\"", OTHER);
		assertThat(outcome()).allMatch((answer) -> answer.end() == End.CUT);
		this.s3.pace(Duration.ZERO);
		for (RunningOrigin origin : this.origins) {
			await().ignoreException(IOException.class)
				.until(() -> origin.get(origin.image("changed.png")).body(), (body) -> Arrays.equals(body, OTHER));
		}
	}

	@Test
	void twoVersionsAreWrittenWhileLoadsAreUnderWay() {
		RunningOrigin one = join(withoutMemory());
		RunningOrigin two = join(withoutMemory());
		this.s3.pace(Duration.ofMillis(2));
		for (String name : names("versions/", 20)) {
			this.crowd.ask(2, one.image(name));
			this.s3.store("\"two\"", OTHER);
			this.crowd.ask(2, two.image(name));
			this.s3.store("\"one\"", IMAGE);
		}
		assertAllWhole();
	}

}
