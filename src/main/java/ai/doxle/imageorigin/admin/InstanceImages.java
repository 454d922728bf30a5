package ai.doxle.imageorigin.admin;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The images of this instance.
 */
interface InstanceImages {

	/**
	 * Forgets images, absences and loads under way.
	 * @return how many images were forgotten
	 */
	long forget(ImageSelection selection);

	/**
	 * Loads an image into the cache tiers.
	 */
	Mono<WarmResult> warm(ImageKey key);

}
