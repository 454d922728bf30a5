package ai.doxle.imageorigin.admin;

import reactor.core.publisher.Mono;

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
	 * @return whether the whole image has come into memory; false if there is none, or
	 * none that the tiers take
	 */
	Mono<Boolean> warm(ImageKey key);

}
