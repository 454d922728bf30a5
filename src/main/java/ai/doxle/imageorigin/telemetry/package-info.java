/**
 * What operators see: meters and health, as decorators of the ports.
 */
@NullMarked
package ai.doxle.imageorigin.telemetry;

import org.jspecify.annotations.NullMarked;
