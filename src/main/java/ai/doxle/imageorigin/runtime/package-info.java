/**
 * What all packages run on: event loops, circuit breakers, owners of open resources, and
 * what asynchronous code everywhere needs: limits on what is done at once, an operator to
 * derive others from, a counter for timeouts, logging of dropped and of repeated
 * failures. Depends on no other package.
 */
@NullMarked
package ai.doxle.imageorigin.runtime;

import org.jspecify.annotations.NullMarked;
