package ai.doxle.imageorigin.store.s3.response;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class S3HeadsTests {

	private static final ByteSpan SPAN = new ByteSpan(0, 9);

	@ParameterizedTest
	@CsvSource(delimiter = '|', nullValues = "none",
			value = { "none | none", "'' | none", "' , ,' | none", "gzip | gzip", "aws-chunked | none",
					"AWS-Chunked | none", "'aws-chunked,aws-chunked' | none", "'aws-chunked, gzip' | gzip",
					"'gzip,aws-chunked' | gzip", "', gzip ,,aws-chunked ,br,' | 'gzip, br'", "'br, gzip' | 'br, gzip'",
					"x-aws-chunked | x-aws-chunked" })
	void leavesTheCodingOfUploadsOut(String sent, String stored) {
		assertThat(S3Heads.contentEncoding(sent)).isEqualTo(stored);
	}

	@ParameterizedTest
	@CsvSource(nullValues = "none",
			value = { "GLACIER, none, none, true", "DEEP_ARCHIVE, none, none, true",
					"GLACIER, 'ongoing-request=\"true\"', none, true",
					"GLACIER, 'ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"', none, false",
					"INTELLIGENT_TIERING, none, ARCHIVE_ACCESS, true", "INTELLIGENT_TIERING, none, none, false",
					"GLACIER_IR, none, none, false", "none, none, none, false", "SOMETHING_NEW, none, none, false" })
	void hasNoHeadOfWhatIsArchived(String storageClass, String restore, String archiveStatus, boolean archived) {
		HeadObjectResponse response = HeadObjectResponse.builder()
			.eTag("\"a\"")
			.lastModified(Instant.EPOCH)
			.contentLength(100L)
			.storageClass(storageClass)
			.restore(restore)
			.archiveStatus(archiveStatus)
			.build();
		if (archived) {
			assertThatExceptionOfType(InvalidS3ResponseException.class).isThrownBy(() -> S3Heads.of(response));
		}
		else {
			assertThat(S3Heads.of(response).length()).isEqualTo(100);
		}
	}

	@ParameterizedTest
	@CsvSource({ "W/\"a\", W/\"a\", false, true", "W/\"a\", \"a\", false, true", "W/\"a\", W/\"b\", false, false",
			"\"a\", \"a\", true, true", "\"a\", W/\"a\", true, true", "\"a\", W/\"a\", false, false",
			"\"a\", \"b\", true, false" })
	void comparesVersions(String wanted, String sent, boolean conditional, boolean same) {
		GetObjectResponse response = part(sent, "bytes 0-9/100");
		ETag version = ETag.parse(wanted);
		if (same) {
			assertThat(S3Heads.ofPart(response, SPAN, version, conditional).etag()).hasToString(sent);
		}
		else {
			assertThatExceptionOfType(ImageFailure.Changed.class)
				.isThrownBy(() -> S3Heads.ofPart(response, SPAN, version, conditional));
		}
	}

	@Test
	void refusesAnotherSpan() {
		for (String range : new String[] { null, "bytes 0-8/100", "bytes 0-9/*" }) {
			assertThatExceptionOfType(InvalidS3ResponseException.class)
				.isThrownBy(() -> S3Heads.ofPart(part("\"a\"", range), SPAN, ETag.parse("\"a\""), true));
		}
	}

	private static GetObjectResponse part(String tag, String range) {
		return GetObjectResponse.builder().eTag(tag).lastModified(Instant.EPOCH).contentRange(range).build();
	}

}
