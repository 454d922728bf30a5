/**
 * The load that the AOT cache of the container image and of the machine image is trained
 * with: the origin between a stand-in for S3 and a Redis server. In a jar of its own,
 * which production does not have; JDK only.
 */
@NullMarked
package ai.doxle.imageorigin.training;

import org.jspecify.annotations.NullMarked;
