package ai.doxle.imageorigin.store.s3;

import java.io.IOException;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Keeps the AWS SDK's cancelled calls out of the log. Netty warns of every exception that
 * reaches the end of a pipeline, with its stack trace; the SDK lets its own "Request
 * cancelled" get there when a call is cancelled whose answer has just ended. What else
 * reaches the end of a pipeline is logged as ever.
 */
final class CancelledCallsFilter extends AppenderBase<ILoggingEvent> {

	/** The logger of Netty's pipelines. */
	static final String PIPELINES = "io.netty.channel.DefaultChannelPipeline";

	private static final String NAME = "s3-cancelled-calls";

	private static final String CANCELLED = "Request cancelled";

	private final Logger root;

	private CancelledCallsFilter(Logger root) {
		this.root = root;
	}

	/** Stands before the other appenders, if Logback is what logs. */
	static void install() {
		ILoggerFactory loggers = LoggerFactory.getILoggerFactory();
		if (loggers instanceof LoggerContext context) {
			Logger pipelines = context.getLogger(PIPELINES);
			if (pipelines.getAppender(NAME) == null) {
				CancelledCallsFilter filter = new CancelledCallsFilter(context.getLogger(Logger.ROOT_LOGGER_NAME));
				filter.setContext(context);
				filter.setName(NAME);
				filter.start();
				pipelines.addAppender(filter);
				pipelines.setAdditive(false);
			}
		}
	}

	@Override
	protected void append(ILoggingEvent event) {
		if (!isCancelledCall(event.getThrowableProxy())) {
			this.root.callAppenders(event);
		}
	}

	private static boolean isCancelledCall(@Nullable IThrowableProxy thrown) {
		return thrown != null && IOException.class.getName().equals(thrown.getClassName())
				&& CANCELLED.equals(thrown.getMessage());
	}

}
