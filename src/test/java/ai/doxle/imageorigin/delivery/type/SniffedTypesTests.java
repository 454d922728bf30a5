package ai.doxle.imageorigin.delivery.type;

import java.time.Instant;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SniffedTypesTests {

	private static final ImageKey KEY = new ImageKey("projects/1/a.png");

	private final SniffedTypes types = new SniffedTypes();

	@Test
	void recallsWhatTheBytesSaid() {
		this.types.remember(KEY, head("binary/octet-stream"), head("image/png"));
		assertThat(this.types.recall(KEY, head("binary/octet-stream")).mediaType()).isEqualTo("image/png");
	}

	/** S3 keeps the entity tag of an object that is copied onto itself. */
	@Test
	void deniesNoTypeThatHasBeenCorrected() {
		this.types.rememberDenied(KEY, head("image/png"));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.types.recall(KEY, head("image/png")));
		assertThat(this.types.recall(KEY, head("image/jpeg")).mediaType()).isEqualTo("image/jpeg");
	}

	private static ImageHead head(String type) {
		return new ImageHead(new ETag("one", false), Instant.EPOCH, 10, type, null);
	}

}
