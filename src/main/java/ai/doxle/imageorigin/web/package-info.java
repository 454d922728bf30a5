/**
 * HTTP and nothing but: reads requests, settles preconditions and ranges, writes answers.
 */
@NullMarked
package ai.doxle.imageorigin.web;

import org.jspecify.annotations.NullMarked;
