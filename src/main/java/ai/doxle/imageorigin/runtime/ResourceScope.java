package ai.doxle.imageorigin.runtime;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Owns what is open on behalf of one response or of one load: turns at the store, calls
 * of S3, readers of memory. Closing it gives everything back, whatever state it is in,
 * once; what is added afterwards is given back at once.
 * <p>
 * Reactive operators give back what they hold when they are cancelled, but neither do all
 * of them pass a cancellation on, nor is something owned by an operator while it is
 * handed from one to the next. So a response's scope is closed with its connection
 * (HTTP/2: its stream), too. It travels in the Reactor {@link Context}.
 */
public final class ResourceScope implements Disposable {

	/** Owns nothing: for where no scope is open. */
	private static final ResourceScope NONE = new ResourceScope(Kind.LOAD);

	/** On whose behalf something is open. */
	public enum Kind {

		/** A load into memory, at the pace of its source. */
		LOAD,
		/**
		 * A load where no tier keeps images: into memory what is small, for those who
		 * wait, and the rest at the pace of a client.
		 */
		UNKEPT_LOAD,
		/** A response, at the pace of its client. */
		RESPONSE

	}

	private final Disposable.Composite open = Disposables.composite();

	private volatile Kind kind;

	private ResourceScope(Kind kind) {
		this.kind = kind;
	}

	/** A new scope of a load. */
	public static ResourceScope ofLoad() {
		return new ResourceScope(Kind.LOAD);
	}

	/** A new scope of a response. */
	public static ResourceScope ofResponse() {
		return new ResourceScope(Kind.RESPONSE);
	}

	/** The scope that a subscriber runs in; one that owns nothing if there is none. */
	public static ResourceScope in(ContextView context) {
		return context.hasKey(ResourceScope.class) ? context.get(ResourceScope.class) : NONE;
	}

	/** The context with this scope in place of any other. */
	public Context addTo(Context context) {
		return context.put(ResourceScope.class, this);
	}

	/** On whose behalf it is. */
	public Kind kind() {
		return this.kind;
	}

	/** Makes a load's scope that of one which no tier keeps. */
	public void keepNothing() {
		this.kind = Kind.UNKEPT_LOAD;
	}

	/**
	 * Makes a load's scope one of a response, which goes on with what the load has
	 * opened. What is opened in it from now on is at that client's pace.
	 */
	public void handOver() {
		this.kind = Kind.RESPONSE;
	}

	/**
	 * Gives back a resource when this scope is closed; at once if it is closed already.
	 * @param resource may be given back otherwise before, and then does nothing
	 */
	public void own(Disposable resource) {
		if (this != NONE) {
			this.open.add(resource);
		}
	}

	/** Gives everything back. */
	@Override
	public void dispose() {
		this.open.dispose();
	}

	@Override
	public boolean isDisposed() {
		return this.open.isDisposed();
	}

}
