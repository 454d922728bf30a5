/**
 * The image origin, package by package. {@code image} has the terms that all share,
 * {@code runtime} what all run on. {@code store} is the port to where images are kept,
 * and {@code store.s3} its adapter. {@code cache} is the port to the cache tiers,
 * {@code cache.memory} the tier of this instance over {@code offheap},
 * {@code cache.redis} the one of the region. {@code delivery} finds an image for a
 * reader, {@code access} decides who may read, {@code web} serves over HTTP.
 * {@code admin} purges and warms for operators, {@code telemetry} measures.
 */
@NullMarked
package ai.doxle.imageorigin;

import org.jspecify.annotations.NullMarked;
