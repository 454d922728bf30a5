package ai.doxle.imageorigin.cache.memory;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.util.internal.PlatformDependent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.offheap.ImageMemory;

/**
 * Configures the memory tier, and the memory that images are loaded into.
 */
@Configuration(proxyBeanMethods = false)
class MemoryCacheConfiguration {

	@Bean
	MemoryBudget memoryBudget(MemoryCacheProperties memory, CacheProperties cache) {
		return MemoryBudget.of(memory, cache, PlatformDependent.maxDirectMemory());
	}

	@Bean
	ImageMemory imageMemory(MemoryBudget budget) {
		return new ImageMemory(budget.cached().toBytes(), budget.loading().toBytes(), budget.evicted().toBytes());
	}

	@Bean(destroyMethod = "close")
	MemoryImageCache localCache(MemoryCacheProperties properties, MemoryBudget budget) {
		return new MemoryImageCache(new MemoryCacheProperties(budget.cached(), properties.maxObjectSize()));
	}

	@Bean
	MeterBinder memoryCacheMeters(MemoryImageCache cache) {
		return new MemoryCacheMeters(cache.cache());
	}

}
