/**
 * The page of {@code viewer/} in a real browser.
 */
package ai.doxle.imageorigin.viewer;
