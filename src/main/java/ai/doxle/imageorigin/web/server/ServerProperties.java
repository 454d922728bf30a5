package ai.doxle.imageorigin.web.server;

import java.time.Duration;

import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long clients may take.
 *
 * @param requestTimeout how long the head of a request may take, the first one of a
 * connection from when it was opened, and what is left of a request when it is answered;
 * beyond that, the connection is closed.
 * @param sendTimeout how long a client may take nothing of a response that waits for it;
 * then its connection, or its HTTP/2 stream, is cut.
 */
@Validated
@ConfigurationProperties("image-origin")
record ServerProperties(
		@DefaultValue("10s") @DurationMin(seconds = 1) @DurationMax(minutes = 10) Duration requestTimeout,
		@DefaultValue("60s") @DurationMin(seconds = 1) @DurationMax(hours = 1) Duration sendTimeout) {

}
