package ai.doxle.imageorigin.harness.cdn;

import org.jspecify.annotations.Nullable;

/**
 * What a key group does: decides by a viewer's signed cookies, before the cache.
 */
@FunctionalInterface
public interface ViewerCheck {

	/**
	 * Whether the cookies open an address.
	 * @param rawPath its path, as the viewer spelled it
	 * @param cookies the {@code Cookie} header
	 */
	boolean allows(String rawPath, @Nullable String cookies);

}
