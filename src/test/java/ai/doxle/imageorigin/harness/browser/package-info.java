/**
 * A real browser, by W3C WebDriver, without a client library.
 */
package ai.doxle.imageorigin.harness.browser;
