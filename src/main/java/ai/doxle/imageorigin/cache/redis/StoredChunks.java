package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.BrokenImageException;

/**
 * The chunks of one load of an image. A chunk is verified before any of its bytes is
 * emitted.
 */
final class StoredChunks {

	/** How many chunks are fetched ahead of demand. */
	private static final int PREFETCH = 2;

	/** How many chunks are deleted or extended concurrently. */
	private static final int CONCURRENCY = 32;

	private final RedisImage image;

	private final String generation;

	private final long length;

	/**
	 * @param generation the load that wrote them
	 * @param length bytes of the whole image
	 */
	StoredChunks(RedisImage image, String generation, long length) {
		this.image = image;
		this.generation = generation;
		this.length = length;
	}

	/** How many chunks the image has. */
	int count() {
		return ImageChunk.count(this.length);
	}

	/**
	 * All bytes of a committed image.
	 * @param first the payload of its first chunk
	 */
	Flux<DataBuffer> all(ByteBuffer first) {
		return buffers(Flux.just(first).concatWith(chunks(1)));
	}

	/** All bytes of a committed image. */
	Flux<DataBuffer> all() {
		return buffers(chunks(0));
	}

	private Flux<ByteBuffer> chunks(int from) {
		return Flux.range(from, count() - from).flatMapSequential(this::chunk, PREFETCH, 1);
	}

	private static Flux<DataBuffer> buffers(Flux<ByteBuffer> chunks) {
		return chunks.filter(ByteBuffer::hasRemaining).map(StoredChunks::asDataBuffer);
	}

	/** The bytes of one chunk; empty if the image is empty. */
	Mono<DataBuffer> bytes(int index) {
		return chunk(index).filter(ByteBuffer::hasRemaining).map(StoredChunks::asDataBuffer);
	}

	private Mono<ByteBuffer> chunk(int index) {
		return this.image.readChunk(this.generation, index)
			.switchIfEmpty(Mono.error(() -> new BrokenImageException("chunk " + index + " was evicted", null)))
			.map((stored) -> payload(stored, index))
			.onErrorMap(StoredChunks::asBroken);
	}

	private ByteBuffer payload(ByteBuffer stored, int index) {
		ByteBuffer payload = check(stored, index);
		if (payload == null) {
			throw new BrokenImageException("chunk " + index + " is damaged or of another generation", null);
		}
		return payload;
	}

	/**
	 * Verifies a chunk.
	 * @return its payload, or null if it is damaged or another chunk
	 */
	@Nullable ByteBuffer check(ByteBuffer stored, int index) {
		return ImageChunk.payload(stored, this.generation, index, this.length);
	}

	/** Writes a chunk. */
	Mono<Boolean> put(int index, ByteBuffer chunk, Duration ttl) {
		return this.image.writeChunk(this.generation, index, chunk, ttl);
	}

	/**
	 * Extends the time to live of the chunks after the first.
	 * @param count how many chunks there are
	 * @return whether all of them were still there
	 */
	Mono<Boolean> extend(int count, Duration ttl) {
		return Flux.range(1, Math.max(0, count - 1))
			.flatMap((index) -> this.image.expireChunk(this.generation, index, ttl), CONCURRENCY, 1)
			.all((isThere) -> isThere);
	}

	/**
	 * Deletes the chunks after the first.
	 * @param count how many chunks there may be at most
	 */
	Mono<Void> drop(int count) {
		return Flux.range(1, Math.max(0, count - 1))
			.flatMapDelayError((index) -> this.image.deleteChunk(this.generation, index), CONCURRENCY, 1)
			.then();
	}

	/** Any failure to read a chunk means a broken image to the reader. */
	static Throwable asBroken(Throwable failure) {
		return (failure instanceof BrokenImageException) ? failure
				: new BrokenImageException("the image could not be read from Redis", failure);
	}

	private static DataBuffer asDataBuffer(ByteBuffer bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes.duplicate());
	}

}
