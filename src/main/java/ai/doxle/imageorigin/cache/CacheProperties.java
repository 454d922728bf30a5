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
 * loaded, on top of the memory tier. Loads beyond that wait; one that finds no room for 5
 * s streams from S3 to its client. An eighth is for images up to 256 KiB. Up to an
 * eighth, where loads do not need it, holds the memory of images that were freed, for the
 * next ones.
 * @param evictedSize how much memory outside the heap images may take that were evicted
 * while responses still read them, on top of both. Beyond that, those evicted first go on
 * from S3 where a response has got to, and connections that have not taken a hit yet are
 * reset.
 */
@Validated
@ConfigurationProperties("image-origin.cache")
public record CacheProperties(
		@DefaultValue("10s") @DurationMin(seconds = 0) @DurationMax(hours = 1) Duration negativeTtl,
		@DefaultValue("64MB") DataSize loadSize, @DefaultValue("64MB") DataSize evictedSize) {

}
