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
 * Finds the images below a path or with a tag without looking through all of Redis: a set
 * for each directory with the names in it, subdirectories ending with a slash, and a set
 * for each tag with the directories whose images have it. The sets are sorted by the time
 * until which their members are needed.
 */
public final class PurgeIndex {

	private static final int PAGE = 100;

	/** How many pages are worked off at a time. */
	private static final int PAGES = 8;

	/** How many images of a page are deleted at a time. */
	private static final int DELETIONS = 4;

	/** The cursor before the first page and after the last. */
	private static final String START = "0";

	/** A purge would rather take longer than fail. */
	private static final Retry PERSISTENCE = Retry.backoff(8, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(2));

	/** How many sets get a new member at a time. */
	private static final int ADDITIONS = 8;

	/** Directories are kept a little longer than what is in them. */
	private static final Duration EXTRA = Duration.ofHours(1);

	private static final LuaScript INDEX = LuaScript.read("index", PurgeIndex.class);

	private static final LuaScript UNINDEX = LuaScript.read("unindex", PurgeIndex.class);

	private static final LuaScript MEMBERS = LuaScript.read("members", PurgeIndex.class);

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

	/** The tags that everything in a directory has. */
	private static Collection<String> tags(String directory) {
		return ImageTags.of(new ImageKey(directory + "/"));
	}

	/**
	 * Deletes the images of a selection and takes them out of the index afterwards, so
	 * that a purge which fails can be repeated. One that was added again meanwhile stays.
	 * @param delete deletes an image; is repeated for a while if that fails
	 * @return what became of the images
	 */
	public <T> Flux<T> take(ImageSelection selection, Function<ImageKey, Mono<T>> delete) {
		Function<ImageKey, Mono<T>> persistently = (key) -> Mono.defer(() -> delete.apply(key)).retryWhen(PERSISTENCE);
		return switch (selection) {
			case ImageSelection.OneImage one -> persistently.apply(one.key()).flux();
			case ImageSelection.Below below -> take(below(below.path()), persistently);
			case ImageSelection.Tagged tagged ->
				take(pages(tag(tagged.tag())).concatMapIterable(PurgeIndex::members).concatMap(this::below),
						persistently);
			// nothing in Redis that is older than the purge is used any more
			case ImageSelection.All all -> Flux.empty();
		};
	}

	private <T> Flux<T> take(Flux<Page> pages, Function<ImageKey, Mono<T>> delete) {
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
	 * Asks for a page at once, whether its reader does or not: a command's time-out would
	 * count the time in which a reader is busy.
	 */
	private Flux<ScriptReply> page(ByteBuffer set, AtomicReference<String> cursor) {
		return Mono.defer(() -> this.link.run(MEMBERS, List.of(set), cursor.get(), PAGE))
			.retryWhen(PERSISTENCE)
			.doOnNext((reply) -> cursor.set(reply.word()))
			.flatMapMany(Flux::just);
	}

	/** The members on a page, each of which has its score behind it. */
	private static List<String> members(ScriptReply page) {
		return IntStream.range(0, page.size() / 2).mapToObj((index) -> page.text(1 + 2 * index)).toList();
	}

	/** Only images: their directories may have others. */
	private Mono<ScriptReply> remove(Page page) {
		Object[] images = IntStream.range(0, page.names().size())
			.filter((index) -> Page.isImage(page.names().get(index)))
			.flatMap((index) -> IntStream.of(1 + 2 * index, 2 + 2 * index))
			.mapToObj(page.reply()::bytes)
			.toArray();
		return (images.length == 0) ? Mono.empty()
				: this.link.run(UNINDEX, List.of(directory(page.path())), images).retryWhen(PERSISTENCE);
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
	 * @param reply where they come from
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
