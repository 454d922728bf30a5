package ai.doxle.imageorigin.runtime;

import java.util.concurrent.CancellationException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Hooks;

/**
 * What becomes of errors that nobody waits for any more, since whoever did has left: they
 * are what happens when clients leave. Only those that tell of a mistake in the program
 * are errors in the log, as Reactor has all of them.
 */
@Configuration(proxyBeanMethods = false)
class DroppedErrors {

	private static final Logger logger = LoggerFactory.getLogger(DroppedErrors.class);

	DroppedErrors() {
		Hooks.onErrorDropped(DroppedErrors::log);
	}

	private static void log(Throwable failure) {
		logger.atLevel(isMistake(failure) ? Level.ERROR : Level.DEBUG)
			.setCause(failure)
			.log("Dropped a failure after its subscriber had left");
	}

	static boolean isMistake(Throwable failure) {
		return switch (failure) {
			case CancellationException cancelled -> false;
			case Error mistake -> true;
			case NullPointerException mistake -> true;
			case ClassCastException mistake -> true;
			case IllegalStateException mistake -> true;
			case IllegalArgumentException mistake -> true;
			case IndexOutOfBoundsException mistake -> true;
			default -> false;
		};
	}

}
