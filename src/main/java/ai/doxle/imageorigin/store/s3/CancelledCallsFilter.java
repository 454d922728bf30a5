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
 * reaches the end of a pipeline, and of every handler that fails to handle one. The SDK
 * lets its own "Request cancelled" get to the end when a call is cancelled whose response
 * has just ended, and its handler fails where the call is not there any more. All else is
 * logged as always.
 */
final class CancelledCallsFilter extends AppenderBase<ILoggingEvent> {

	/** The logger of exceptions at the end of a pipeline. */
	static final String PIPELINES = "io.netty.channel.DefaultChannelPipeline";

	/** The logger of handlers that fail to handle an exception. */
	static final String HANDLERS = "io.netty.channel.AbstractChannelHandlerContext";

	private static final String NAME = "s3-cancelled-calls";

	private static final String CANCELLED = "Request cancelled";

	/** Where the SDK's handler looks for the call of a connection. */
	private static final String HANDLER = "software.amazon.awssdk.http.nio.netty.";

	private final Logger root;

	private CancelledCallsFilter(Logger root) {
		this.root = root;
	}

	/** Stands before the other appenders, if Logback is what logs. */
	static void install() {
		ILoggerFactory loggers = LoggerFactory.getILoggerFactory();
		if (loggers instanceof LoggerContext context) {
			install(context, PIPELINES);
			install(context, HANDLERS);
		}
	}

	private static void install(LoggerContext context, String name) {
		Logger logger = context.getLogger(name);
		if (logger.getAppender(NAME) == null) {
			CancelledCallsFilter filter = new CancelledCallsFilter(context.getLogger(Logger.ROOT_LOGGER_NAME));
			filter.setContext(context);
			filter.setName(NAME);
			filter.start();
			logger.addAppender(filter);
			logger.setAdditive(false);
		}
	}

	@Override
	protected void append(ILoggingEvent event) {
		if (!isCancelledCall(event.getThrowableProxy()) && !isMissingCall(event.getFormattedMessage())) {
			this.root.callAppenders(event);
		}
	}

	private static boolean isCancelledCall(@Nullable IThrowableProxy thrown) {
		return thrown != null && IOException.class.getName().equals(thrown.getClassName())
				&& CANCELLED.equals(thrown.getMessage());
	}

	private static boolean isMissingCall(@Nullable String message) {
		return message != null && message.contains("NullPointerException") && message.contains(HANDLER);
	}

}
