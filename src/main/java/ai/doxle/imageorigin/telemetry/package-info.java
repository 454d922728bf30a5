/**
 * Meters, by decorating the ports of other packages, none of which knows of it. They are
 * described in {@code docs/metrics.md}.
 */
@NullMarked
package ai.doxle.imageorigin.telemetry;

import org.jspecify.annotations.NullMarked;
