package ai.doxle.imageorigin.cache.redis.purge;

import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.image.InvalidImageKeyException;
import org.springframework.data.redis.core.ScanOptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds the images below a path or with a tag without looking through all of Redis: a set
 * for each directory with the names in it, subdirectories ending with a slash, and a set
 * for each tag with the directories whose images have it.
 */
public final class PurgeIndex {

	private static final int PAGE = 500;

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
			case ImageSelection.Below below -> below(below.path());
			case ImageSelection.Tagged tagged -> members(tag(tagged.tag())).concatMap(this::below);
			// nothing in Redis that is older than the purge is used any more
			case ImageSelection.All all -> Flux.empty();
		};
	}

	private Flux<ImageKey> below(String path) {
		return Flux.just(new Node(path, true))
			.expandDeep((node) -> node.isDirectory() ? children(node.path()) : Flux.empty())
			.filter((node) -> !node.isDirectory())
			.concatMap((node) -> key(node.path()));
	}

	private Flux<Node> children(String path) {
		return members(directory(path)).buffer(PAGE).concatMap((names) -> {
			List<ByteBuffer> images = names.stream()
				.filter((name) -> !name.endsWith("/"))
				.map(RedisKeys::buffer)
				.toList();
			return remove(directory(path), images).thenMany(Flux.fromIterable(names));
		}).map((name) -> Node.in(path, name));
	}

	private Flux<String> members(ByteBuffer set) {
		ScanOptions options = ScanOptions.scanOptions().count(PAGE).build();
		return this.link.stream((redis) -> redis.setCommands().sScan(set, options))
			.map((member) -> StandardCharsets.UTF_8.decode(member).toString())
			.onErrorResume(RedisLink::isWrongType, (failure) -> Flux.empty());
	}

	/** Only images: their directories may be getting others at this moment. */
	private Mono<Void> remove(ByteBuffer set, List<ByteBuffer> images) {
		return images.isEmpty() ? Mono.empty()
				: this.link.send((redis) -> redis.setCommands().sRem(set, images)).then();
	}

	private static Mono<ImageKey> key(String path) {
		return Mono.fromSupplier(() -> new ImageKey(path)).onErrorComplete(InvalidImageKeyException.class);
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
	 * A directory or an image.
	 *
	 * @param path its path, without a slash that only says what it is
	 * @param isDirectory which of them
	 */
	private record Node(String path, boolean isDirectory) {

		static Node in(String directory, String name) {
			boolean isDirectory = name.endsWith("/");
			String plain = isDirectory ? name.substring(0, name.length() - 1) : name;
			return new Node(directory + "/" + plain, isDirectory);
		}

	}

}
