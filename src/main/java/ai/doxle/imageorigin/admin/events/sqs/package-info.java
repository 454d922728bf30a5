/**
 * Amazon SQS: receives the events of this region, and tells other regions of purges.
 */
@NullMarked
package ai.doxle.imageorigin.admin.events.sqs;

import org.jspecify.annotations.NullMarked;
