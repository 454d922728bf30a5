package ai.doxle.imageorigin.admin;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The CDN in front, as far as a purge is concerned.
 */
@FunctionalInterface
public interface CdnInvalidation {

	/** There is no CDN to tell. */
	CdnInvalidation NONE = (selection) -> Mono.empty();

	/**
	 * Has the CDN forget images.
	 * @return what the CDN calls this invalidation, as soon as it has accepted it; empty
	 * if there is no CDN; fails if the CDN cannot be told
	 */
	Mono<String> invalidate(ImageSelection selection);

}
