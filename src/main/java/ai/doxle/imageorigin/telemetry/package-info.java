/**
 * Counts what the rooms do, by decorating their ports; nobody knows of it. The meters are
 * described in {@code docs/metrics.md}.
 */
@NullMarked
package ai.doxle.imageorigin.telemetry;

import org.jspecify.annotations.NullMarked;
