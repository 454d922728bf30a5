/**
 * Serves images in memory right behind the HTTP codec, past WebFlux, with the same checks
 * and headers.
 */
@NullMarked
package ai.doxle.imageorigin.web.shortcut;

import org.jspecify.annotations.NullMarked;
