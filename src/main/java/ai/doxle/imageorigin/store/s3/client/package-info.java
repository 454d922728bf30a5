/**
 * The SDK's clients of a bucket, over the CRT and over Netty, and which of the two reads
 * what.
 */
@NullMarked
package ai.doxle.imageorigin.store.s3.client;

import org.jspecify.annotations.NullMarked;
