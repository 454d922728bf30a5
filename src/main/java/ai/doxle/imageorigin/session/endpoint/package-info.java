/**
 * The HTTP interface of viewers' sessions: the endpoint that begins and ends them, and on
 * the management port the one that caches ask whether a viewer may have a copy.
 */
@NullMarked
package ai.doxle.imageorigin.session.endpoint;

import org.jspecify.annotations.NullMarked;
