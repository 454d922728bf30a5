package ai.doxle.imageorigin.harness.load;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * The warnings and errors that go into the log of this process meanwhile.
 */
public final class CapturedWarnings extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private static final int LENGTH = 200;

	private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	private final List<String> lines = new CopyOnWriteArrayList<>();

	public CapturedWarnings() {
		setContext(Objects.requireNonNull(this.root.getLoggerContext()));
		start();
		this.root.addAppender(this);
	}

	@Override
	protected void append(ILoggingEvent event) {
		if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
			String line = event.getLevel() + " " + event.getLoggerName() + ": " + event.getFormattedMessage();
			this.lines.add(line.substring(0, Math.min(line.length(), LENGTH)));
		}
	}

	/** Their first lines. */
	public List<String> lines() {
		return this.lines;
	}

	@Override
	public void close() {
		this.root.detachAppender(this);
	}

}
