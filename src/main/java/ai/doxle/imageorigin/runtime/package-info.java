/**
 * What everything runs on: who owns what is open, and what becomes of errors that nobody
 * waits for. Depends on nobody.
 */
@NullMarked
package ai.doxle.imageorigin.runtime;

import org.jspecify.annotations.NullMarked;
