/**
 * The development server: an origin with everything around it, and the page of
 * {@code viewer/}.
 */
package ai.doxle.imageorigin.harness.viewer;
