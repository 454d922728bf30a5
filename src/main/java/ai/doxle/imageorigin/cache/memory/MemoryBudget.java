package ai.doxle.imageorigin.cache.memory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;

import ai.doxle.imageorigin.cache.CacheProperties;

/**
 * The memory outside the heap that images may take: what the properties say, or as much
 * of it as the JVM can give and leave room for the network.
 *
 * @param cached for images that are kept
 * @param loading for images that are being loaded, on top
 * @param evicted for images that were evicted while they are read, on top
 */
record MemoryBudget(DataSize cached, DataSize loading, DataSize evicted) {

	private static final Logger logger = LoggerFactory.getLogger(MemoryBudget.class);

	/** What the buffers of connections take, where there is enough memory. */
	private static final long NETWORK = DataSize.ofMegabytes(64).toBytes();

	/**
	 * Works out the budget, and says so in the log if it is lower than what is wanted.
	 * @param direct the JVM's limit of memory outside the heap, in bytes
	 */
	static MemoryBudget of(MemoryCacheProperties memory, CacheProperties cache, long direct) {
		MemoryBudget wanted = new MemoryBudget(memory.maxSize(), cache.loadSize(), cache.evictedSize());
		long room = Math.max(direct - NETWORK, direct / 2);
		if (wanted.bytes() <= room) {
			return wanted;
		}
		logger.warn("Images get {} MB outside the heap instead of the {} MB of image-origin.cache.memory.max-size, "
				+ "image-origin.cache.load-size and image-origin.cache.evicted-size: the JVM has {} MB. Start it with "
				+ "-XX:MaxDirectMemorySize={}m, or lower the properties", megabytes(room), megabytes(wanted.bytes()),
				megabytes(direct), megabytes(wanted.bytes() + NETWORK));
		return wanted.shrunkTo(room);
	}

	private MemoryBudget shrunkTo(long room) {
		double share = (double) room / bytes();
		return new MemoryBudget(part(this.cached, share), part(this.loading, share), part(this.evicted, share));
	}

	private static DataSize part(DataSize size, double share) {
		return DataSize.ofBytes((long) (size.toBytes() * share));
	}

	/** All of it. */
	long bytes() {
		return this.cached.toBytes() + this.loading.toBytes() + this.evicted.toBytes();
	}

	private static long megabytes(long bytes) {
		return DataSize.ofBytes(bytes).toMegabytes();
	}

}
