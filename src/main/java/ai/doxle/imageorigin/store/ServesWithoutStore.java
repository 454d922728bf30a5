package ai.doxle.imageorigin.store;

/**
 * What the store is told of those who read from it.
 *
 * @param any whether anybody keeps copies of images, and can serve them while the store
 * is out
 */
public record ServesWithoutStore(boolean any) {

}
