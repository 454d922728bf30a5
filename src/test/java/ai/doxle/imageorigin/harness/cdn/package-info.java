/**
 * A CDN in this process: edges in several places, and the Origin Shield that they share.
 * It behaves like CloudFront with the distribution's settings, as far as a page that
 * shows the path of a request can see.
 */
package ai.doxle.imageorigin.harness.cdn;
