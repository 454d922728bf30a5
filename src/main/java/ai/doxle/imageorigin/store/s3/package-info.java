/**
 * The store port over S3.
 */
@NullMarked
package ai.doxle.imageorigin.store.s3;

import org.jspecify.annotations.NullMarked;
