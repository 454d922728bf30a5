package ai.doxle.imageorigin.delivery.load;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * The loads under way: at most one for each image.
 */
public final class SharedLoads {

	private static final Logger logger = LoggerFactory.getLogger(SharedLoads.class);

	private final ConcurrentMap<ImageKey, SharedLoad> underWay = new ConcurrentHashMap<>();

	private final Function<SharedLoad, Mono<LoadStart>> loader;

	private final DeliveryObserver observer;

	/**
	 * @param loader begins a load
	 */
	public SharedLoads(Function<SharedLoad, Mono<LoadStart>> loader, DeliveryObserver observer) {
		this.loader = loader;
		this.observer = observer;
	}

	/** The load of an image that is under way, if there is one. */
	public @Nullable SharedLoad find(ImageKey key) {
		return this.underWay.get(key);
	}

	/**
	 * Joins the load of an image, or starts it. A reader who starts it hears how it
	 * begins before the first byte is loaded, and before those who join; if he leaves at
	 * once, it is started all the same.
	 */
	public Mono<JoinedLoad> join(ImageKey key) {
		return Mono.deferContextual((context) -> {
			SharedLoad fresh = new SharedLoad(key, this::remove);
			SharedLoad load = this.underWay.putIfAbsent(key, fresh);
			return (load != null) ? join(load) : start(fresh, context);
		});
	}

	private Mono<JoinedLoad> join(SharedLoad load) {
		this.observer.followed();
		return load.start()
			.timed()
			.map((begun) -> new JoinedLoad(load, begun.get(), CacheTiers.collapsed(begun.elapsed()), false));
	}

	private Mono<JoinedLoad> start(SharedLoad load, ContextView context) {
		return Mono.<LoadStart>create((first) -> start(load, context, first))
			.map((start) -> new JoinedLoad(load, start, start.trail(), true));
	}

	/** The load outlives its first reader, but is logged under that reader's trace. */
	private void start(SharedLoad load, ContextView context, MonoSink<LoadStart> first) {
		first.onDispose(load.start().subscribe(first::success, first::error));
		this.loader.apply(load).subscribe((how) -> load.begin(how, ResourceScope.in(context)), load::fail, () -> {
		}, load.scope().addTo(Context.of(context)));
	}

	/** Keeps what is being loaded out of the tiers. */
	public void forget(ImageSelection selection) {
		this.underWay.values().stream().filter((load) -> selection.covers(load.key())).forEach(SharedLoad::purge);
	}

	/** Ends loads that would never end. */
	public void endStalled() {
		long now = System.nanoTime();
		this.underWay.values().forEach((load) -> {
			if (load.endIfStalled(now)) {
				logger.warn("Ended the load of {}, which made no progress", load.key());
			}
		});
	}

	/** How many loads are under way. */
	public int count() {
		return this.underWay.size();
	}

	private void remove(SharedLoad load) {
		this.underWay.remove(load.key(), load);
	}

}
