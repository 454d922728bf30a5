/**
 * Requests: the checks that they pass, their keys, preconditions and ranges, and how
 * these are evaluated (RFC 9110 sections 13 and 14).
 */
@NullMarked
package ai.doxle.imageorigin.web.request;

import org.jspecify.annotations.NullMarked;
