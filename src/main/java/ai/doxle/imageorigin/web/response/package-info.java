/**
 * Makes responses and writes them at the client's pace.
 */
@NullMarked
package ai.doxle.imageorigin.web.response;

import org.jspecify.annotations.NullMarked;
