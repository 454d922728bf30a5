package ai.doxle.imageorigin.harness.cdn;

import java.net.URI;
import java.util.Set;

/**
 * What all edges of the distribution are configured with.
 *
 * @param shield whom they ask for images
 * @param origin whom they ask for everything else
 * @param imagePath what the paths of images begin with, up to the slash
 * @param check decides who may see an image
 * @param allowedOrigins who may read images from a script, with credentials
 */
record Behaviours(URI shield, URI origin, String imagePath, ViewerCheck check, Set<String> allowedOrigins) {

}
