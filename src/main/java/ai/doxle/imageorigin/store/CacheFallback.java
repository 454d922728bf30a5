package ai.doxle.imageorigin.store;

/**
 * What those who read from the store can do without it.
 *
 * @param available whether a cache tier keeps images, and can serve them while the store
 * is out
 */
public record CacheFallback(boolean available) {

}
