package ai.doxle.imageorigin.image;

/**
 * Which images a purge takes.
 */
public sealed interface ImageSelection {

	/** Whether an image is one of them. */
	boolean covers(ImageKey key);

	/**
	 * One image.
	 *
	 * @param key its key
	 */
	record OneImage(ImageKey key) implements ImageSelection {

		@Override
		public boolean covers(ImageKey other) {
			return this.key.equals(other);
		}

	}

	/**
	 * All images below a path: {@code projects/80} takes {@code projects/80/…}, never
	 * {@code projects/801/…}, and neither an image named {@code projects/80}.
	 *
	 * @param path whole segments, without a slash at its end
	 */
	record Below(String path) implements ImageSelection {

		/**
		 * Drops the slash at the end of a path.
		 * @throws IllegalArgumentException if nothing is left
		 */
		public Below {
			path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
			if (path.isEmpty()) {
				throw new IllegalArgumentException("a prefix needs at least one segment");
			}
		}

		@Override
		public boolean covers(ImageKey other) {
			return other.value().length() > this.path.length() && other.value().startsWith(this.path)
					&& other.value().charAt(this.path.length()) == '/';
		}

	}

	/**
	 * All images with a cache tag, as {@link ImageTags} makes them.
	 *
	 * @param tag a tag such as {@code project:123}
	 */
	record Tagged(String tag) implements ImageSelection {

		@Override
		public boolean covers(ImageKey other) {
			return ImageTags.of(other).contains(this.tag);
		}

	}

	/** All images: when it is not known any more which ones were purged. */
	record All() implements ImageSelection {

		@Override
		public boolean covers(ImageKey other) {
			return true;
		}

	}

}
