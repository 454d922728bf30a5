/**
 * Bodies on their way to a client, and clients that do not take them.
 */
@NullMarked
package ai.doxle.imageorigin.web.body;

import org.jspecify.annotations.NullMarked;
