package ai.doxle.imageorigin.cache.redis.purge;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.image.InvalidImageKeyException;

/**
 * Finds the images below a path or with a tag without scanning all of Redis. Each
 * directory has a set of the names in it, those of subdirectories ending with a slash,
 * and each tag has a set of the directories whose images have it. The sets are sorted by
 * the time until which their members are needed.
 */
public final class PurgeIndex {

	private static final int PAGE = 100;

	/** How many pages are processed concurrently. */
	private static final int PAGES = 8;

	/** How many images of a page are deleted concurrently. */
	private static final int DELETIONS = 4;

	/** The cursor before the first page and after the last. */
	private static final String START = "0";

	/** For some seconds: a purge should rather take longer than fail. */
	private static final Retry RETRY = Retry.backoff(8, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(2));

	/** How many sets are added to concurrently. */
	private static final int ADDITIONS = 8;

	/** Sets are kept longer than the images that they lead to. */
	private static final Duration EXTRA = Duration.ofHours(1);

	private static final LuaScript INDEX = LuaScript.read("index", PurgeIndex.class);

	private static final LuaScript UNINDEX = LuaScript.read("unindex", PurgeIndex.class);

	private static final LuaScript MEMBERS = LuaScript.read("members", PurgeIndex.class);

	private final RedisLink link;

	public PurgeIndex(RedisLink link) {
		this.link = link;
	}

	/** The directories above an image, from the top, without trailing slashes. */
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
		return Flux.fromIterable(links(key)).flatMapDelayError((step) -> add(step, millis), ADDITIONS, 1).then();
	}

	private Mono<ScriptReply> add(Link step, long millis) {
		return this.link.run(INDEX, List.of(step.set()), step.member(), millis, System.currentTimeMillis())
			.doOnNext((reply) -> this.link.noteWrite(true));
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

	/** The tags of all images in a directory. */
	private static Collection<String> tags(String directory) {
		return ImageTags.of(new ImageKey(directory + "/"));
	}

	/**
	 * Deletes the images of a selection and then removes them from the index, so that a
	 * purge which fails can be repeated. An image that was added again meanwhile stays in
	 * the index.
	 * @param delete deletes an image; retried if it fails
	 * @return the results of the deletions
	 */
	public <T> Flux<T> delete(ImageSelection selection, Function<ImageKey, Mono<T>> delete) {
		Function<ImageKey, Mono<T>> retrying = (key) -> Mono.defer(() -> delete.apply(key)).retryWhen(RETRY);
		return switch (selection) {
			case ImageSelection.OneImage one -> retrying.apply(one.key()).flux();
			case ImageSelection.Below below -> delete(below(below.path()), retrying);
			case ImageSelection.Tagged tagged -> delete(
					pages(tag(tagged.tag())).concatMapIterable(PurgeIndex::members).concatMap(this::below), retrying);
			// nothing in Redis that is older than the purge will be used
			case ImageSelection.All _ -> Flux.empty();
		};
	}

	private <T> Flux<T> delete(Flux<Page> pages, Function<ImageKey, Mono<T>> delete) {
		return pages.flatMapDelayError((page) -> Flux.fromIterable(page.images())
			.flatMapDelayError(delete, DELETIONS, 1)
			.concatWith(remove(page).then(Mono.empty())), PAGES, 1);
	}

	private Flux<Page> below(String path) {
		return directoryPages(path)
			.expandDeep((page) -> Flux.fromIterable(page.directories()).concatMap(this::directoryPages));
	}

	private Flux<Page> directoryPages(String path) {
		return pages(directory(path)).map((reply) -> new Page(path, members(reply), reply));
	}

	/** A set, page by page. */
	private Flux<ScriptReply> pages(ByteBuffer set) {
		return Flux.defer(() -> {
			AtomicReference<String> cursor = new AtomicReference<>(START);
			return Flux.defer(() -> page(set, cursor)).repeat(() -> !cursor.get().equals(START));
		});
	}

	/**
	 * Reads a page without waiting for demand: the timeout of a command would include the
	 * time for which its subscriber is busy.
	 */
	private Flux<ScriptReply> page(ByteBuffer set, AtomicReference<String> cursor) {
		return Mono.defer(() -> this.link.run(MEMBERS, List.of(set), cursor.get(), PAGE))
			.retryWhen(RETRY)
			.doOnNext((reply) -> cursor.set(reply.word()))
			.flatMapMany(Flux::just);
	}

	/** The members on a page, each of which is followed by its score. */
	private static List<String> members(ScriptReply page) {
		return IntStream.range(0, page.size() / 2).mapToObj((index) -> page.text(1 + 2 * index)).toList();
	}

	/** Removes images only: directories may have others. */
	private Mono<ScriptReply> remove(Page page) {
		Object[] images = IntStream.range(0, page.names().size())
			.filter((index) -> Page.isImage(page.names().get(index)))
			.flatMap((index) -> IntStream.of(1 + 2 * index, 2 + 2 * index))
			.mapToObj(page.reply()::bytes)
			.toArray();
		return (images.length == 0) ? Mono.empty()
				: this.link.run(UNINDEX, List.of(directory(page.path())), images).retryWhen(RETRY);
	}

	private static ByteBuffer directory(String path) {
		return RedisKeys.key("dir:" + path);
	}

	private static ByteBuffer tag(String tag) {
		return RedisKeys.key("tag:" + tag);
	}

	/**
	 * A member of a set that leads to an image.
	 *
	 * @param set the set
	 * @param member the member
	 */
	private record Link(ByteBuffer set, String member) {

	}

	/**
	 * A page of the names in a directory.
	 *
	 * @param path the directory, without a trailing slash
	 * @param names names in it, those of subdirectories with a trailing slash
	 * @param reply the reply with the names and their scores
	 */
	private record Page(String path, List<String> names, ScriptReply reply) {

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
