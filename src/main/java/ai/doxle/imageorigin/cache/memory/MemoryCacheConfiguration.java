package ai.doxle.imageorigin.cache.memory;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.cache.ImageMemory;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Furnishes the memory tier, and the memory that images are loaded into.
 */
@Configuration(proxyBeanMethods = false)
class MemoryCacheConfiguration {

	@Bean
	ImageMemory imageMemory(CacheProperties cache, MemoryCacheProperties memory) {
		return new ImageMemory(memory.maxSize().toBytes() + cache.loadSize().toBytes());
	}

	@Bean(destroyMethod = "close")
	MemoryImageCache localCache(MemoryCacheProperties properties) {
		return new MemoryImageCache(properties);
	}

	@Bean
	MeterBinder memoryCacheMeters(MemoryImageCache cache) {
		return new MemoryCacheMeters(cache.cache());
	}

}
