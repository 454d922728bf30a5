/**
 * What a request asks for: its key, preconditions and ranges (RFC 9110 sections 13 and
 * 14).
 */
@NullMarked
package ai.doxle.imageorigin.web.request;

import org.jspecify.annotations.NullMarked;
