package ai.doxle.imageorigin.cache;

import java.time.Duration;

import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What holds for all cache tiers.
 *
 * @param negativeTtl how long an absence is remembered, here, in the region and by caches
 * in front ({@code max-age} of 404 and 415), in whole seconds.
 * @param loadSize how much memory outside the heap images may take while they are being
 * loaded, on top of the memory tier; beyond that, requests pass through to S3 one by one.
 */
@Validated
@ConfigurationProperties("image-origin.cache")
public record CacheProperties(
		@DefaultValue("10s") @DurationMin(seconds = 0) @DurationMax(hours = 1) Duration negativeTtl,
		@DefaultValue("64MB") DataSize loadSize) {

}
