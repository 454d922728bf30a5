package ai.doxle.imageorigin.store.s3.response;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class S3FailuresTests {

	private static final String WARNING = "Bucket 'images' answered 403  for a.png: check the role's right";

	private final ManualClock clock = new ManualClock();

	private final S3Failures failures = new S3Failures("images", this.clock);

	@Test
	void warnsOfRefusalsOnceAMinute(CapturedOutput output) {
		refuse();
		refuse();
		assertThat(output).containsOnlyOnce(WARNING);
		this.clock.now = this.clock.now.plus(Duration.ofSeconds(61));
		refuse();
		refuse();
		assertThat(output.toString().split(WARNING, -1)).hasSize(3);
	}

	@Test
	void warnsOfEachBucket(CapturedOutput output) {
		refuse();
		new S3Failures("replica", this.clock).of(new ImageKey("a.png"), refusal());
		assertThat(output).contains("WARN").contains("'images' answered 403").contains("'replica' answered 403");
	}

	@Test
	void anArchivedObjectDoesNotUseUpTheWarningAboutTheRole(CapturedOutput output) {
		assertThat(this.failures.of(new ImageKey("b.png"), refusal("InvalidObjectState")))
			.isInstanceOf(ImageFailure.Unreadable.class);
		refuse();
		assertThat(this.failures.of(new ImageKey("c.png"), refusal("InvalidObjectState")))
			.isInstanceOf(ImageFailure.Unreadable.class);
		assertThat(output).containsOnlyOnce(WARNING)
			.contains("answered 403 InvalidObjectState for b.png: S3 does not give this object")
			.doesNotContain(
					"WARN ai.doxle.imageorigin.store.s3.S3Failures -- Bucket 'images' answered 403 InvalidObjectState for c.png");
	}

	@ParameterizedTest
	@CsvSource({ "403, true", "404, true", "412, true", "500, false", "503, false" })
	void knowsWhatIsSaidOfTheObject(int status, boolean ofObject) {
		assertThat(S3Failures.isOfObject(S3Exception.builder().statusCode(status).build())).isEqualTo(ofObject);
	}

	@Test
	void knowsThatAConnectionSaysNothingOfTheObject() {
		assertThat(S3Failures.isOfObject(SdkClientException.create("no connection"))).isFalse();
	}

	private void refuse() {
		assertThat(this.failures.of(new ImageKey("a.png"), refusal())).isInstanceOf(ImageFailure.Forbidden.class);
	}

	private static Throwable refusal(String code) {
		return S3Exception.builder()
			.statusCode(403)
			.awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
			.build();
	}

	private static Throwable refusal() {
		return S3Exception.builder().statusCode(403).build();
	}

	/** A clock that stands still until it is set. */
	private static final class ManualClock extends Clock {

		private Instant now = Instant.parse("2026-11-25T00:00:00Z");

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
