/**
 * Configures Reactor Netty's servers: pipelines, time limits, and what is open for a
 * connection or stream.
 */
@NullMarked
package ai.doxle.imageorigin.web.server;

import org.jspecify.annotations.NullMarked;
