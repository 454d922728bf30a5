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
 * The chunks of one generation of an image. Each is checked before any byte of it is
 * handed out.
 */
final class StoredChunks {

	/** How many chunks are fetched before their reader asks for them. */
	private static final int AHEAD = 2;

	/** How many chunks are deleted or extended at a time. */
	private static final int CHANGES = 32;

	private final RedisImage image;

	private final String generation;

	private final long length;

	/**
	 * @param generation the load they come from
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
	 * @param first its first chunk, checked
	 */
	Flux<DataBuffer> all(ByteBuffer first) {
		return buffers(Flux.just(first).concatWith(chunks(1)));
	}

	/** Likewise, where nothing was read yet. */
	Flux<DataBuffer> all() {
		return buffers(chunks(0));
	}

	private Flux<ByteBuffer> chunks(int from) {
		return Flux.range(from, count() - from).flatMapSequential(this::chunk, AHEAD, 1);
	}

	private static Flux<DataBuffer> buffers(Flux<ByteBuffer> chunks) {
		return chunks.filter(ByteBuffer::hasRemaining).map(StoredChunks::asDataBuffer);
	}

	/** A chunk; empty if it has no bytes. */
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
	 * Checks a chunk that has been read.
	 * @return the image's bytes in it, or null if it is not what was stored
	 */
	@Nullable ByteBuffer check(ByteBuffer stored, int index) {
		return ImageChunk.payload(stored, this.generation, index, this.length);
	}

	/** Writes a chunk. */
	Mono<Boolean> put(int index, ByteBuffer chunk, Duration ttl) {
		return this.image.writeChunk(this.generation, index, chunk, ttl);
	}

	/**
	 * Keeps the chunks after the first for longer.
	 * @param count how many chunks there are
	 * @return whether all of them are still there
	 */
	Mono<Boolean> extend(int count, Duration ttl) {
		return Flux.range(1, Math.max(0, count - 1))
			.flatMap((index) -> this.image.expireChunk(this.generation, index, ttl), CHANGES, 1)
			.all((isThere) -> isThere);
	}

	/**
	 * Deletes the chunks after the first.
	 * @param count how many chunks there may be
	 */
	Mono<Void> drop(int count) {
		return Flux.range(1, Math.max(0, count - 1))
			.flatMapDelayError((index) -> this.image.deleteChunk(this.generation, index), CHANGES, 1)
			.then();
	}

	/** Whatever goes wrong on the way is a broken image to its reader. */
	static Throwable asBroken(Throwable failure) {
		return (failure instanceof BrokenImageException) ? failure
				: new BrokenImageException("Redis did not give the image", failure);
	}

	private static DataBuffer asDataBuffer(ByteBuffer bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes.duplicate());
	}

}
