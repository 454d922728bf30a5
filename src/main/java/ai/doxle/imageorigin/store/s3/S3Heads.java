package ai.doxle.imageorigin.store.s3;

import java.time.Instant;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Reads image heads out of S3's answers, and refuses answers to another question.
 */
final class S3Heads {

	/** What S3 declares where nobody declared a type. */
	private static final String UNDECLARED = "application/octet-stream";

	private S3Heads() {
	}

	static ImageHead of(HeadObjectResponse response) {
		return head(response.eTag(), response.lastModified(), response.contentLength(), response.contentType(),
				response.contentEncoding());
	}

	static ImageHead of(GetObjectResponse response) {
		return head(response.eTag(), response.lastModified(), response.contentLength(), response.contentType(),
				response.contentEncoding());
	}

	/**
	 * Reads the head of the whole image out of an answer to a range request.
	 * @throws ImageFailure.Changed if it is of another version
	 * @throws ImageFailure.Unavailable if it is not the span that was asked for
	 */
	static ImageHead ofPart(GetObjectResponse response, ByteSpan span, ETag version) {
		String expected = "bytes " + span + "/";
		String range = response.contentRange();
		if (range == null || !range.startsWith(expected)) {
			throw new ImageFailure.Unavailable("S3 answered '" + expected + "' with '" + range + "'", null);
		}
		ImageHead head = head(response.eTag(), response.lastModified(), totalLength(range, expected),
				response.contentType(), response.contentEncoding());
		if (!head.etag().opaque().equals(version.opaque())) {
			throw new ImageFailure.Changed("S3 has version " + head.etag() + " instead of " + version);
		}
		return head;
	}

	private static long totalLength(String range, String prefix) {
		try {
			return Long.parseLong(range.substring(prefix.length()));
		}
		catch (NumberFormatException ex) {
			throw new ImageFailure.Unavailable("S3 sent Content-Range '" + range + "'", ex);
		}
	}

	private static ImageHead head(@Nullable String etag, @Nullable Instant lastModified, @Nullable Long length,
			@Nullable String type, @Nullable String encoding) {
		if (etag == null || lastModified == null || length == null) {
			throw new ImageFailure.Unavailable("S3 answered without ETag, Last-Modified or Content-Length", null);
		}
		return new ImageHead(ETag.parse(etag), lastModified, length, (type != null) ? type : UNDECLARED,
				contentEncoding(encoding));
	}

	/** Clients that upload by aws-chunked signing leave its name in the metadata. */
	private static @Nullable String contentEncoding(@Nullable String encoding) {
		return (encoding == null || encoding.isBlank() || encoding.equals("aws-chunked")) ? null : encoding;
	}

}
