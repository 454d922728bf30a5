package ai.doxle.imageorigin.cache.redis.purge;

import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.image.InvalidImageKeyException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds the images below a path or with a tag without looking through all of Redis: a set
 * for each directory with the names in it, subdirectories ending with a slash, and a set
 * for each tag with the directories whose images have it.
 */
public final class PurgeIndex {

	private static final int PAGE = 500;

	/** The cursor before the first page and after the last. */
	private static final String START = "0";

	/** How many sets get a new member at a time. */
	private static final int ADDITIONS = 8;

	/** Directories are kept a little longer than what is in them. */
	private static final Duration EXTRA = Duration.ofHours(1);

	private final RedisLink link;

	public PurgeIndex(RedisLink link) {
		this.link = link;
	}

	/** The paths above an image, from the top, without slashes at their ends. */
	static List<String> directories(ImageKey key) {
		List<String> directories = new ArrayList<>();
		String path = key.value();
		for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
			directories.add(path.substring(0, slash));
		}
		return directories;
	}

	/**
	 * Adds an image.
	 * @param ttl how long it is kept
	 */
	public Mono<Void> add(ImageKey key, Duration ttl) {
		long millis = ttl.plus(EXTRA).toMillis();
		return Flux.fromIterable(links(key))
			.flatMapDelayError((step) -> this.link.run(LuaScript.INDEX, List.of(step.set()), step.member(), millis),
					ADDITIONS, 1)
			.then();
	}

	private static List<Link> links(ImageKey key) {
		List<Link> links = new ArrayList<>();
		Set<String> tags = new HashSet<>();
		for (String directory : directories(key)) {
			links.add(new Link(directory(directory), nameAt(key.value(), directory.length() + 1)));
			tags(directory).stream().filter(tags::add).forEach((tag) -> links.add(new Link(tag(tag), directory)));
		}
		return links;
	}

	private static String nameAt(String path, int start) {
		int slash = path.indexOf('/', start);
		return (slash < 0) ? path.substring(start) : path.substring(start, slash + 1);
	}

	/** The tags that everything in a directory has. */
	private static Collection<String> tags(String directory) {
		return ImageTags.of(new ImageKey(directory + "/"));
	}

	/**
	 * The images of a selection, taken out of the index: whoever loads one of them again
	 * adds it again.
	 */
	public Flux<ImageKey> take(ImageSelection selection) {
		return switch (selection) {
			case ImageSelection.OneImage one -> Flux.just(one.key());
			case ImageSelection.Below below -> take(below(below.path()));
			case ImageSelection.Tagged tagged ->
				take(pages(tag(tagged.tag())).concatMapIterable((page) -> page).concatMap(this::below));
			// nothing in Redis that is older than the purge is used any more
			case ImageSelection.All all -> Flux.empty();
		};
	}

	private Flux<ImageKey> take(Flux<Page> pages) {
		return pages.concatMap((page) -> remove(page).thenMany(Flux.fromIterable(page.images())));
	}

	private Flux<Page> below(String path) {
		return directoryPages(path)
			.expandDeep((page) -> Flux.fromIterable(page.directories()).concatMap(this::directoryPages));
	}

	private Flux<Page> directoryPages(String path) {
		return pages(directory(path)).map((names) -> new Page(path, names));
	}

	/** The members of a set, page by page. */
	private Flux<List<String>> pages(ByteBuffer set) {
		return Flux.defer(() -> {
			AtomicReference<String> cursor = new AtomicReference<>(START);
			return Flux.defer(() -> page(set, cursor)).repeat(() -> !cursor.get().equals(START));
		});
	}

	/**
	 * Asks for a page at once, whether its reader does or not: a command's time-out would
	 * count the time in which a reader is busy.
	 */
	private Flux<List<String>> page(ByteBuffer set, AtomicReference<String> cursor) {
		return this.link.run(LuaScript.MEMBERS, List.of(set), cursor.get(), PAGE)
			.doOnNext((reply) -> cursor.set(reply.word()))
			.flatMapMany((reply) -> Flux.just(IntStream.range(1, reply.size()).mapToObj(reply::text).toList()));
	}

	/** Only images: their directories may be getting others at this moment. */
	private Mono<Void> remove(Page page) {
		List<ByteBuffer> images = page.names().stream().filter(Page::isImage).map(RedisKeys::buffer).toList();
		return images.isEmpty() ? Mono.empty()
				: this.link.send((redis) -> redis.setCommands().sRem(directory(page.path()), images)).then();
	}

	private static ByteBuffer directory(String path) {
		return RedisKeys.key("dir:" + path);
	}

	private static ByteBuffer tag(String tag) {
		return RedisKeys.key("tag:" + tag);
	}

	/**
	 * One step on the way to an image.
	 *
	 * @param set where it begins
	 * @param member where it leads
	 */
	private record Link(ByteBuffer set, String member) {

	}

	/**
	 * Some of what is in a directory.
	 *
	 * @param path the directory, without a slash at its end
	 * @param names names in it, those of directories with a slash at their ends
	 */
	private record Page(String path, List<String> names) {

		static boolean isImage(String name) {
			return !name.endsWith("/");
		}

		List<ImageKey> images() {
			return this.names.stream().filter(Page::isImage).flatMap(this::key).toList();
		}

		private Stream<ImageKey> key(String name) {
			try {
				return Stream.of(new ImageKey(this.path + "/" + name));
			}
			catch (InvalidImageKeyException ex) {
				return Stream.empty();
			}
		}

		List<String> directories() {
			return this.names.stream()
				.filter((name) -> !isImage(name))
				.map((name) -> this.path + "/" + name.substring(0, name.length() - 1))
				.toList();
		}

	}

}
