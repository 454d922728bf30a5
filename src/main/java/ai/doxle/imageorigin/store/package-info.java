/**
 * Where images are kept: the port, and what protects it: limits, circuit breakers,
 * failover and resumption.
 */
@NullMarked
package ai.doxle.imageorigin.store;

import org.jspecify.annotations.NullMarked;
