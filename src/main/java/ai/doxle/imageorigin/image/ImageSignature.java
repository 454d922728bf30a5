package ai.doxle.imageorigin.image;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.XmlPrologue.Root;

/**
 * The image formats that are known by their first bytes.
 * <p>
 * The signatures are those of the WHATWG MIME Sniffing standard (section 6.1), with TIFF,
 * JPEG XL and the ISO BMFF images (AVIF, HEIF) from their own specifications.
 */
public enum ImageSignature {

	/** JPEG. */
	JPEG("image/jpeg", "\u00FF\u00D8\u00FF"),
	/** PNG, animated PNG included. */
	PNG("image/png", "\u0089PNG\r\n\u001A\n"),
	/** GIF. */
	GIF("image/gif", "GIF8[79]a"),
	/** WebP. */
	WEBP("image/webp", "RIFF.{4}WEBP"),
	/** AVIF, still or animated. */
	AVIF("image/avif", ".{4}ftyp(?:avif|avis|mif1.{4}(?:.{4})*?avif)"),
	/** HEIF and HEIC. */
	HEIF("image/heif", ".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)"),
	/** JPEG XL, bare or in its container. */
	JXL("image/jxl", "\u00FF\n|\0\0\0\fJXL \r\n\u0087\n"),
	/** TIFF, either byte order, BigTIFF included. */
	TIFF("image/tiff", "II[*+]\0|MM\0[*+]"),
	/** BMP. */
	BMP("image/bmp", "BM"),
	/** Windows icon and cursor. */
	ICO("image/x-icon", "\0\0[\u0001\u0002]\0"),
	/** SVG: an {@code svg} element after nothing but a prologue. */
	SVG("image/svg+xml", null);

	/** How many first bytes are enough to recognise any format but SVG. */
	public static final int LENGTH = 1024;

	/** How many first bytes are looked at for an SVG's root element. */
	public static final int MAX_LENGTH = 64 * 1024;

	private static final Map<String, ImageSignature> ALIASES = Map.of("image/jpg", JPEG, "image/pjpeg", JPEG,
			"image/x-png", PNG, "image/apng", PNG, "image/heic", HEIF, "image/heic-sequence", HEIF,
			"image/heif-sequence", HEIF, "image/x-ms-bmp", BMP, "image/vnd.microsoft.icon", ICO);

	/** Types under which S3 and its clients file what nobody declared. */
	private static final Set<String> UNDECLARED = Set.of("application/octet-stream", "binary/octet-stream");

	private final String mediaType;

	/** Null: no pattern tells, but an XML prologue. */
	private final @Nullable Pattern pattern;

	ImageSignature(String mediaType, @Nullable String pattern) {
		this.mediaType = mediaType;
		this.pattern = (pattern != null) ? Pattern.compile(pattern, Pattern.DOTALL) : null;
	}

	/** The format's registered media type. */
	public String mediaType() {
		return this.mediaType;
	}

	/**
	 * Recognises a format.
	 * @param start the first bytes of a file, {@value #LENGTH} or all of them; more if it
	 * {@linkplain #needsMore needs more}
	 */
	public static Optional<ImageSignature> of(byte[] start) {
		for (ImageSignature signature : values()) {
			if (signature.matches(start)) {
				return Optional.of(signature);
			}
		}
		return Optional.empty();
	}

	/**
	 * The signature that files of a media type must have, if one is known.
	 * @param mediaType a media type, with or without parameters
	 */
	public static Optional<ImageSignature> ofType(String mediaType) {
		String essence = MediaTypes.essence(mediaType);
		for (ImageSignature signature : values()) {
			if (signature.mediaType.equals(essence)) {
				return Optional.of(signature);
			}
		}
		return Optional.ofNullable(ALIASES.get(essence));
	}

	/** Whether a declared media type says nothing, so that the bytes must tell. */
	public static boolean isUndeclared(String mediaType) {
		return UNDECLARED.contains(MediaTypes.essence(mediaType));
	}

	/**
	 * Whether a file that begins so can be of this format.
	 * @param start the first bytes of a file, {@value #LENGTH} or all of them; more if it
	 * {@linkplain #needsMore needs more}
	 */
	public boolean matches(byte[] start) {
		return (this.pattern != null) ? this.pattern.matcher(new String(start, StandardCharsets.ISO_8859_1)).lookingAt()
				: XmlPrologue.rootOf(start) == Root.SVG;
	}

	/**
	 * Whether bytes do not tell yet what they are, but more may: they are the beginning
	 * of an XML prologue, and no {@value #MAX_LENGTH}.
	 * @param start the first bytes of a file
	 */
	public static boolean needsMore(byte[] start) {
		return start.length < MAX_LENGTH && isUnfinishedPrologue(start);
	}

	/**
	 * Whether a file that begins so may still be SVG, although no {@code svg} was seen.
	 */
	public static boolean isUnfinishedPrologue(byte[] start) {
		return XmlPrologue.rootOf(start) == Root.UNSEEN;
	}

}
