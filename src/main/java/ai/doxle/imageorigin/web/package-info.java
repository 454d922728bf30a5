/**
 * HTTP: serves requests for images, from the checks to the response.
 */
@NullMarked
package ai.doxle.imageorigin.web;

import org.jspecify.annotations.NullMarked;
