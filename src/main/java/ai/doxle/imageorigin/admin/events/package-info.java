/**
 * Events: what happens to an image in its bucket reaches the tiers of this region by
 * itself, in the order in which it happened, and purges of other regions are carried out
 * here.
 */
@NullMarked
package ai.doxle.imageorigin.admin.events;

import org.jspecify.annotations.NullMarked;
