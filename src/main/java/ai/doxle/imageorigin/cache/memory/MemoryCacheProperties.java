package ai.doxle.imageorigin.cache.memory;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The cache tier in this process. Its memory is outside the heap: where
 * {@code -XX:MaxDirectMemorySize} is not 64 MB above {@code max-size},
 * {@code image-origin.cache.load-size} and {@code image-origin.cache.evicted-size}
 * together, all three are lowered at the start.
 *
 * @param maxSize how many bytes of images are kept; 0 turns the tier off.
 * @param maxObjectSize the largest image that is kept.
 */
@Validated
@ConfigurationProperties("image-origin.cache.memory")
public record MemoryCacheProperties(@DefaultValue("256MB") DataSize maxSize,
		@DefaultValue("8MB") DataSize maxObjectSize) {

}
