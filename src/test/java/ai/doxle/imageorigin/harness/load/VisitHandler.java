package ai.doxle.imageorigin.harness.load;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A visit under way, on a connection or a stream of its own: when it is time to leave,
 * and whether the bytes are right. How requests go out, and what the ways to leave are,
 * subclasses know.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is seen in the
												// channel's end
abstract class VisitHandler extends ChannelInboundHandlerAdapter {

	/** How long a client waits for the next bytes. */
	private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

	private static final long STALL_MILLIS = 100;

	private final Visit visit;

	private final Tally tally;

	private final HeadTimes headTimes;

	private @Nullable ScheduledFuture<?> patience;

	private boolean left;

	private boolean over;

	private long asked;

	/** When the latest bytes came. */
	private long heard;

	private long received;

	VisitHandler(Visit visit, Tally tally, HeadTimes headTimes) {
		this.visit = visit;
		this.tally = tally;
		this.headTimes = headTimes;
	}

	/** Sends the request, or a part of it. */
	abstract void ask(ChannelHandlerContext context, boolean whole);

	/** Leaves, at once. */
	abstract void leave(ChannelHandlerContext context, Departure departure);

	final Visit visit() {
		return this.visit;
	}

	/** To be called when requests can be sent. */
	final void begin(ChannelHandlerContext context) {
		this.asked = System.nanoTime();
		this.heard = this.asked;
		waitOn(context, PATIENCE_NANOS);
		ask(context, this.visit.moment() != Moment.IN_REQUEST);
		switch (this.visit.moment()) {
			case IN_REQUEST, AFTER_REQUEST -> context.executor().execute(() -> depart(context));
			case AROUND_HEAD -> context.executor().schedule(() -> depart(context), aroundHead(), TimeUnit.NANOSECONDS);
			default -> {
				// the answer tells
			}
		}
	}

	private void waitOn(ChannelHandlerContext context, long nanos) {
		this.patience = context.executor().schedule(() -> endIfSilent(context), nanos, TimeUnit.NANOSECONDS);
	}

	private void endIfSilent(ChannelHandlerContext context) {
		long rest = PATIENCE_NANOS - (System.nanoTime() - this.heard);
		if (rest > 0) {
			waitOn(context, rest);
		}
		else {
			end(context, Ending.LATE);
		}
	}

	private long aroundHead() {
		return (long) (this.visit.lateness() * this.headTimes.of(this.visit.subject()));
	}

	/** To be called when some of the head has come. */
	final void headBegins(ChannelHandlerContext context) {
		if (this.visit.moment() == Moment.IN_HEAD) {
			depart(context);
		}
	}

	/** To be called when the whole head has come. */
	final void headEnds(int status, String cacheStatus) {
		// those who leave around the head see the early ones only
		if (this.visit.moment() != Moment.AROUND_HEAD) {
			this.headTimes.add(this.visit.subject(), System.nanoTime() - this.asked);
		}
		this.tally.answered(status, cacheStatus);
	}

	/** To be called for each piece of the body of an answer. */
	final void body(ChannelHandlerContext context, int status, ByteBuf piece) {
		GeneratedImage image = this.visit.image();
		boolean compared = image != null && (status == 200 || status == 206);
		long first = (status == 206) ? this.visit.span().first() : 0;
		if (compared && !image.matches(first + this.received, piece)) {
			end(context, Ending.WRONG);
			return;
		}
		this.received += piece.readableBytes();
		this.heard = System.nanoTime();
		boolean early = this.visit.moment() == Moment.IN_BODY && this.received >= this.visit.bodyBefore();
		if (early || (this.visit.moment() == Moment.AT_END && this.received >= this.visit.bodyBefore())) {
			depart(context);
		}
	}

	/** To be called when the last byte of the answer has come. */
	final void answerEnds(ChannelHandlerContext context) {
		if (!this.left || this.visit.stays()) {
			end(context, this.visit.stays() ? Ending.WHOLE : Ending.LEFT);
		}
	}

	private void depart(ChannelHandlerContext context) {
		if (this.left || this.over) {
			return;
		}
		this.left = true;
		switch (this.visit.departure()) {
			case NONE -> {
				// stays
			}
			case HALF_CLOSE -> leave(context, Departure.HALF_CLOSE);
			case HALF_CLOSE_THEN_CLOSE -> {
				leave(context, Departure.HALF_CLOSE);
				context.executor().schedule(() -> end(context, Ending.LEFT), 2, TimeUnit.MILLISECONDS);
			}
			case STALL_THEN_RESET -> {
				context.channel().config().setAutoRead(false);
				context.executor().schedule(() -> end(context, Ending.LEFT), STALL_MILLIS, TimeUnit.MILLISECONDS);
			}
			default -> end(context, Ending.LEFT);
		}
	}

	private void end(ChannelHandlerContext context, Ending ending) {
		if (!this.over) {
			over(ending);
			leave(context, lastStep(ending));
		}
	}

	/** A client that had its answer closes; one that leaves does what it was meant to. */
	private Departure lastStep(Ending ending) {
		if (ending != Ending.LEFT) {
			return (ending == Ending.WHOLE) ? Departure.CLOSE : Departure.RESET;
		}
		return switch (this.visit.departure()) {
			case STALL_THEN_RESET -> Departure.RESET;
			case HALF_CLOSE_THEN_CLOSE, HALF_CLOSE, NONE -> Departure.CLOSE;
			default -> this.visit.departure();
		};
	}

	private void over(Ending ending) {
		this.over = true;
		if (this.patience != null) {
			this.patience.cancel(false);
		}
		this.tally.ended(this.visit, ending);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		if (!this.over) {
			over(Ending.CUT);
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (!this.over) {
			over(Ending.CUT);
		}
		context.channel().close();
	}

}
