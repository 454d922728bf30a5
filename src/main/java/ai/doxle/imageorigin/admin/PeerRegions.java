package ai.doxle.imageorigin.admin;

import java.util.Map;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The other regions, as far as a purge is concerned.
 */
@FunctionalInterface
public interface PeerRegions {

	/** There are no other regions. */
	PeerRegions NONE = (selection) -> Mono.empty();

	/**
	 * Has the other regions purge images. They do so by themselves, soon.
	 * @return for each region, by name, whether it was told; empty if there are none;
	 * never fails
	 */
	Mono<Map<String, Boolean>> tell(ImageSelection selection);

}
