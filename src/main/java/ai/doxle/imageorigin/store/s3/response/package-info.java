/**
 * What responses of S3 mean: heads, failures, and whether they tell of an object or of
 * its bucket.
 */
@NullMarked
package ai.doxle.imageorigin.store.s3.response;

import org.jspecify.annotations.NullMarked;
