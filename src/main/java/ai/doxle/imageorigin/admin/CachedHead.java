package ai.doxle.imageorigin.admin;

import ai.doxle.imageorigin.image.ImageHead;

/**
 * What a tier holds of an image, as operators see it.
 *
 * @param etag the entity tag, with quotes
 * @param length bytes of the whole image
 * @param mediaType the type, judged
 * @param lastModified when this version was written (ISO 8601, UTC)
 */
record CachedHead(String etag, long length, String mediaType, String lastModified) {

	static CachedHead of(ImageHead head) {
		return new CachedHead(head.etag().toString(), head.length(), head.mediaType(), head.lastModified().toString());
	}

}
