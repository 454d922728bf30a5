/**
 * The image origin, room by room: {@code image} holds the words that everyone shares,
 * {@code store} the port to where images are kept and {@code store.s3} its adapter,
 * {@code delivery} finds an image for a reader, {@code access} decides who may read,
 * {@code web} speaks HTTP, {@code telemetry} counts.
 */
@NullMarked
package ai.doxle.imageorigin;

import org.jspecify.annotations.NullMarked;
