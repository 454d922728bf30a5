/**
 * Response bodies, sent at the pace of their clients.
 */
@NullMarked
package ai.doxle.imageorigin.web.body;

import org.jspecify.annotations.NullMarked;
