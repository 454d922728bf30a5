/**
 * Clients that leave, and clients that take their time, beside an S3 server that answers
 * with a delay: for tests of what an origin gives back, and for the soak benchmark.
 */
package ai.doxle.imageorigin.harness.load;
