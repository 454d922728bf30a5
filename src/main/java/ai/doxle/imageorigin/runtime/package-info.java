/**
 * What all packages run on: event loops, circuit breakers, owners of open resources, and
 * rate-limited logging. Depends on no other package.
 */
@NullMarked
package ai.doxle.imageorigin.runtime;

import org.jspecify.annotations.NullMarked;
