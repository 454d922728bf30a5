/**
 * The HTTP endpoint for images on the management port: reads what operators ask for, and
 * answers them.
 */
@NullMarked
package ai.doxle.imageorigin.admin.endpoint;

import org.jspecify.annotations.NullMarked;
