package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;

import jakarta.validation.constraints.AssertTrue;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The regional cache tier. Its server is configured by {@code spring.data.redis.*}.
 *
 * @param enabled whether there is such a tier.
 * @param ttl how long an image is kept at most; up to a tenth less, so that what came
 * together does not go together.
 * @param maxObjectSize the largest image that is kept.
 * @param commandTimeout how long Redis may take for one command before it counts as
 * unavailable.
 */
@Validated
@ConfigurationProperties("image-origin.cache.redis")
public record RedisCacheProperties(@DefaultValue("false") boolean enabled,
		@DefaultValue("7d") @DurationMin(minutes = 1) @DurationMax(days = 365) Duration ttl,
		@DefaultValue("8MB") DataSize maxObjectSize,
		@DefaultValue("250ms") @DurationMin(millis = 10) @DurationMax(seconds = 5) Duration commandTimeout) {

	/** An image has its length as an {@code int} while it is loaded. */
	@AssertTrue(message = "image-origin.cache.redis.max-object-size must be between 0 and 1GB")
	boolean isMaxObjectSizePossible() {
		return !this.maxObjectSize.isNegative() && this.maxObjectSize.toGigabytes() < 1;
	}

}
