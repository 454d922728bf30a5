/**
 * Events about images, and the formats in which they arrive: notifications of S3 and of
 * servers like it, EventBridge's events, messages of SNS, and purges that another region
 * asks for.
 */
@NullMarked
package ai.doxle.imageorigin.admin.events.payload;

import org.jspecify.annotations.NullMarked;
