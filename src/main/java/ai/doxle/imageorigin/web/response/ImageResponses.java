package ai.doxle.imageorigin.web.response;

import java.util.function.Consumer;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

import ai.doxle.imageorigin.delivery.DeliveredImage;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.image.MediaTypes;
import ai.doxle.imageorigin.web.body.MultipartByteRanges;
import ai.doxle.imageorigin.web.request.HttpDates;

/**
 * Responses about an image that is there.
 */
public final class ImageResponses {

	/** The methods that images know, as {@code Allow} lists them. */
	static final String METHODS = "GET, HEAD, OPTIONS";

	/** By what CDNs purge a response. */
	public static final String CACHE_TAG = "Cache-Tag";

	/** RFC 8246: these bytes never change under this name. */
	private static final String IMMUTABLE = "public, max-age=31536000, immutable";

	/**
	 * While purges may be missed; and always for an image without bytes, which is an
	 * upload that failed, and may be repeated any moment.
	 */
	private static final String BRIEF = "public, max-age=60";

	/** What XML may do when it is opened as a page of its own: nothing. */
	private static final String XML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

	private ImageResponses() {
	}

	/** Responds to OPTIONS, a CORS preflight included. */
	public static ImageResponse options() {
		return options(METHODS);
	}

	/**
	 * Responds to OPTIONS on another path.
	 * @param methods the methods that it knows
	 */
	public static ImageResponse options(String methods) {
		return ImageResponse.of(HttpStatus.NO_CONTENT, (headers) -> {
			headers.set(HttpHeaders.ALLOW, methods);
			CorsHeaders.addPreflight(headers, methods);
		});
	}

	/** 200 with all bytes. */
	public static ImageResponse whole(ImageKey key, DeliveredImage image) {
		ImageHead head = image.head();
		return ImageResponse.of(HttpStatus.OK, describe(key, head).andThen(length(head.length())), image.body());
	}

	/** 200 to HEAD. */
	public static ImageResponse head(ImageKey key, ImageHead head) {
		return ImageResponse.of(HttpStatus.OK, describe(key, head).andThen(length(head.length())));
	}

	/**
	 * 304 (RFC 9110 section 15.4.5), with the type, for gateways that would make one up.
	 */
	public static ImageResponse notModified(ImageKey key, ImageHead head) {
		return ImageResponse.of(HttpStatus.NOT_MODIFIED, describe(key, head));
	}

	/** 206 with one span. */
	public static ImageResponse part(ImageKey key, DeliveredImage image, ByteSpan span) {
		ImageHead head = image.head();
		return ImageResponse.of(HttpStatus.PARTIAL_CONTENT,
				describe(key, head).andThen(length(span.length()))
					.andThen((headers) -> headers.set(HttpHeaders.CONTENT_RANGE, contentRange(span, head.length()))),
				image.body());
	}

	/** 206 with several spans. */
	public static ImageResponse parts(ImageKey key, ImageHead head, MultipartByteRanges parts) {
		return ImageResponse.of(HttpStatus.PARTIAL_CONTENT, describe(key, head).andThen(length(parts.length()))
			.andThen((headers) -> headers.set(HttpHeaders.CONTENT_TYPE, parts.mediaType())), parts.body());
	}

	/**
	 * Has a response kept for a minute only, if it would be kept for ever: what it is
	 * made of may have been purged.
	 */
	public static ImageResponse briefly(ImageResponse response) {
		boolean isForEver = IMMUTABLE.equals(response.headers().getFirst(HttpHeaders.CACHE_CONTROL));
		return isForEver ? response.with(HttpHeaders.CACHE_CONTROL, BRIEF) : response;
	}

	private static Consumer<HttpHeaders> describe(ImageKey key, ImageHead head) {
		return (headers) -> {
			headers.set(HttpHeaders.CONTENT_TYPE, head.mediaType());
			headers.set(HttpHeaders.ETAG, head.etag().toString());
			headers.set(HttpHeaders.LAST_MODIFIED, HttpDates.format(head.lastModified()));
			headers.set(HttpHeaders.ACCEPT_RANGES, "bytes");
			headers.set(HttpHeaders.CACHE_CONTROL, (head.length() > 0) ? IMMUTABLE : BRIEF);
			describeRarities(headers, key, head);
		};
	}

	private static void describeRarities(HttpHeaders headers, ImageKey key, ImageHead head) {
		headers.set(CACHE_TAG, ImageTags.all(key));
		if (head.contentEncoding() != null) {
			headers.set(HttpHeaders.CONTENT_ENCODING, head.contentEncoding());
		}
		if (isXml(head.mediaType())) {
			headers.set("Content-Security-Policy", XML_POLICY);
		}
	}

	/** XML of any name can be XHTML with scripts, which browsers run. */
	private static boolean isXml(String mediaType) {
		String essence = MediaTypes.essence(mediaType);
		return essence.endsWith("+xml") || essence.endsWith("/xml");
	}

	private static Consumer<HttpHeaders> length(long length) {
		return (headers) -> headers.setContentLength(length);
	}

	/** The value of {@code Content-Range} (RFC 9110 section 14.4). */
	public static String contentRange(ByteSpan span, long length) {
		return "bytes " + span + "/" + length;
	}

}
