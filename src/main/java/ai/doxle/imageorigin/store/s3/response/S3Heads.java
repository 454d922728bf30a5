package ai.doxle.imageorigin.store.s3.response;

import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.StorageClass;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * Reads image heads out of S3's responses, and refuses responses to another request.
 */
public final class S3Heads {

	/** What S3 declares where the uploader declared no type. */
	private static final String UNDECLARED = "application/octet-stream";

	private static final String UPLOAD_CODING = "aws-chunked";

	private static final Set<StorageClass> ARCHIVES = EnumSet.of(StorageClass.GLACIER, StorageClass.DEEP_ARCHIVE);

	private S3Heads() {
	}

	/**
	 * Reads the head of an image.
	 * @throws InvalidS3ResponseException if something is missing, or the object is
	 * archived, so that a GET would be refused
	 */
	public static ImageHead of(HeadObjectResponse response) {
		if (isArchived(response)) {
			throw new InvalidS3ResponseException("has archived the object");
		}
		return head(response.eTag(), response.lastModified(), response.contentLength(), response.contentType(),
				response.contentEncoding());
	}

	/**
	 * Reads the head of an image.
	 * @throws InvalidS3ResponseException if something is missing
	 */
	public static ImageHead of(GetObjectResponse response) {
		return head(response.eTag(), response.lastModified(), response.contentLength(), response.contentType(),
				response.contentEncoding());
	}

	/**
	 * Reads the head of the whole image out of a response to a range request.
	 * @param version the version that the range must be of
	 * @param conditional whether S3 was asked for that version, so that a weak tag of the
	 * same name is a response
	 * @throws ImageFailure.Changed if it is of another version
	 * @throws InvalidS3ResponseException if it is not the span that was asked for
	 */
	public static ImageHead ofPart(GetObjectResponse response, ByteSpan span, ETag version, boolean conditional) {
		String expected = "bytes " + span + "/";
		String range = response.contentRange();
		if (range == null || !range.startsWith(expected)) {
			throw new InvalidS3ResponseException("answered '" + expected + "' with '" + range + "'");
		}
		ImageHead head = head(response.eTag(), response.lastModified(), totalLength(range, expected),
				response.contentType(), response.contentEncoding());
		boolean same = (conditional || version.weak()) ? head.etag().matchesWeakly(version)
				: head.etag().matchesStrongly(version);
		if (!same) {
			throw new ImageFailure.Changed("S3 has version " + head.etag() + " instead of " + version);
		}
		return head;
	}

	private static long totalLength(String range, String prefix) {
		try {
			return Long.parseLong(range.substring(prefix.length()));
		}
		catch (NumberFormatException ex) {
			throw new InvalidS3ResponseException("sent Content-Range '" + range + "'");
		}
	}

	private static ImageHead head(@Nullable String etag, @Nullable Instant lastModified, @Nullable Long length,
			@Nullable String type, @Nullable String encoding) {
		if (etag == null || lastModified == null || length == null) {
			throw new InvalidS3ResponseException("answered without ETag, Last-Modified or Content-Length");
		}
		return new ImageHead(ETag.parse(etag), lastModified, length, (type != null) ? type : UNDECLARED,
				contentEncoding(encoding));
	}

	/** A restored copy can be read, while it lasts; one that is being restored cannot. */
	private static boolean isArchived(HeadObjectResponse response) {
		boolean restored = response.restore() != null && response.restore().contains("ongoing-request=\"false\"");
		return !restored && (ARCHIVES.contains(response.storageClass()) || response.archiveStatus() != null);
	}

	/**
	 * Clients that upload by aws-chunked signing leave its name in the metadata, though
	 * the object is not stored so. Codings are a list (RFC 9110 sections 5.6.1 and 8.4).
	 */
	static @Nullable String contentEncoding(@Nullable String encoding) {
		if (encoding == null) {
			return null;
		}
		String stored = Arrays.stream(encoding.split(","))
			.map(String::strip)
			.filter((coding) -> !coding.isEmpty() && !coding.equalsIgnoreCase(UPLOAD_CODING))
			.collect(Collectors.joining(", "));
		return stored.isEmpty() ? null : stored;
	}

}
