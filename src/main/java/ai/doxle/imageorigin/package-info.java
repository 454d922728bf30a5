/**
 * The image origin, room by room. {@code image} holds the words that everyone shares.
 * {@code store} is the port to where images are kept, and {@code store.s3} its adapter.
 * {@code cache} is the port to what is kept nearer, {@code cache.memory} keeps it in this
 * instance, and {@code cache.redis} in the region, over {@code cache.redis.link} and with
 * {@code cache.redis.purge}. {@code delivery} finds an image for a reader, {@code access}
 * decides who may read, {@code web} speaks HTTP: {@code web.request} is what is asked
 * for, {@code web.body} what goes out. {@code upkeep} purges and warms for operators,
 * {@code telemetry} counts.
 */
@NullMarked
package ai.doxle.imageorigin;

import org.jspecify.annotations.NullMarked;
