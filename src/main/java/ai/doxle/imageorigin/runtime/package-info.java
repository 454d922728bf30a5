/**
 * What all adapters run on: who owns what is open. Depends on nobody.
 */
@NullMarked
package ai.doxle.imageorigin.runtime;

import org.jspecify.annotations.NullMarked;
