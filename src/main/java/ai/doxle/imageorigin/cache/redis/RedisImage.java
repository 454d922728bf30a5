package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.SetCondition;
import org.springframework.data.redis.core.types.Expiration;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.redis.ImageReply.FirstChunk;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * One image in Redis: its head, its chunks and the lease to load it. Every script and
 * command for an image is sent from here, and every reply is read here.
 */
final class RedisImage {

	private static final LuaScript CLAIM = script("claim");

	private static final LuaScript LOOK = script("look");

	private static final LuaScript FOLLOW = script("follow");

	private static final LuaScript PROGRESS = script("progress");

	private static final LuaScript COMMIT = script("commit");

	private static final LuaScript RELEASE = script("release");

	private static final LuaScript DISCARD = script("discard");

	private static final LuaScript PURGE = script("purge");

	private final RedisLink link;

	private final ImageKey key;

	private final ImageKeys keys;

	RedisImage(RedisLink link, ImageKey key) {
		this.link = link;
		this.key = key;
		this.keys = new ImageKeys(key);
	}

	private static LuaScript script(String name) {
		return LuaScript.read(name, RedisImage.class);
	}

	ImageKey key() {
		return this.key;
	}

	/**
	 * Reads the image or the progress of its load, or takes the lease to load it.
	 * @param generation the load that begins if the lease is granted
	 * @param position where the purge journal is now
	 * @param leaseTime how long the lease lasts unless it is renewed
	 */
	Mono<ImageReply.ToClaim> claim(String generation, JournalPosition position, Duration leaseTime) {
		return this.link
			.run(CLAIM, List.of(this.keys.head(), this.keys.first(), this.keys.lease()), generation,
					leaseTime.toMillis(), position)
			.map((reply) -> switch (reply.word()) {
				case "held" -> held(reply, fetched(reply.buffer(2)));
				case "loading" -> loading(reply);
				default -> granted();
			});
	}

	private ImageReply.Granted granted() {
		this.link.noteWrite(false);
		return new ImageReply.Granted();
	}

	/** Reads the head of the committed image, and none of its bytes. */
	Mono<ImageReply.ToLook> look() {
		return this.link.run(LOOK, List.of(this.keys.head(), this.keys.first()))
			.map((reply) -> reply.word().equals("held") ? held(reply, stored(reply.number(2) == 1))
					: new ImageReply.Missing());
	}

	/** Reads how far another instance's load has come. */
	Mono<ImageReply.ToFollow> follow() {
		return this.link.run(FOLLOW, List.of(this.keys.head(), this.keys.lease()))
			.map((reply) -> switch (reply.word()) {
				case "held" -> new ImageReply.Committed(head(reply, 1));
				case "loading" -> loading(reply);
				default -> new ImageReply.Missing();
			});
	}

	private static FirstChunk fetched(@Nullable ByteBuffer chunk) {
		return (chunk != null) ? new FirstChunk.Fetched(chunk) : new FirstChunk.Missing();
	}

	private static FirstChunk stored(boolean isThere) {
		return isThere ? new FirstChunk.Stored() : new FirstChunk.Missing();
	}

	private ImageReply.Held held(ScriptReply reply, FirstChunk first) {
		return new ImageReply.Held(ByteBuffer.wrap(reply.bytes(1)), head(reply, 1), first, reply.number(3));
	}

	private ImageReply.Loading loading(ScriptReply reply) {
		return new ImageReply.Loading(ByteBuffer.wrap(reply.bytes(1)), progress(reply));
	}

	/** Null if the lease cannot be understood or has the head of another load. */
	private @Nullable LoadProgress progress(ScriptReply reply) {
		try {
			String generation = reply.text(1);
			StoredHead head = head(reply, 3);
			boolean isForeign = reply.bytes(3).length > 0 && (head == null || !head.generation().equals(generation));
			return isForeign ? null : new LoadProgress(generation, JournalPosition.parse(reply.text(2)), head,
					Integer.parseInt(reply.text(4)));
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private @Nullable StoredHead head(ScriptReply reply, int index) {
		return StoredHeadCodec.decode(reply.bytes(index), this.key);
	}

	/** Renews a lease; false if another load has it. */
	Mono<Boolean> renew(String generation, Duration leaseTime) {
		return progress(generation, leaseTime.toMillis());
	}

	/** Renews a lease and shows those who follow the load how far it has come. */
	Mono<Boolean> publish(StoredHead head, int chunks, Duration leaseTime) {
		return progress(head.generation(), leaseTime.toMillis(), StoredHeadCodec.encode(head), chunks);
	}

	/**
	 * Likewise, and writes the first chunk.
	 * @param ttl how long the chunk is kept
	 */
	Mono<Boolean> publishFirst(StoredHead head, ByteBuffer chunk, Duration ttl, Duration leaseTime) {
		return progress(head.generation(), leaseTime.toMillis(), StoredHeadCodec.encode(head), 1, chunk,
				ttl.toMillis());
	}

	private Mono<Boolean> progress(Object... arguments) {
		return this.link.run(PROGRESS, List.of(this.keys.lease(), this.keys.first()), arguments)
			.map(ScriptReply::isDone);
	}

	/** Ends a load with an absence; false if another load has the lease. */
	Mono<Boolean> commitAbsence(StoredHead head, Duration ttl) {
		return commit(head.generation(), StoredHeadCodec.encode(head), ttl.toMillis());
	}

	/**
	 * Ends a load with an image.
	 * @param firstTtl how long its first chunk is kept
	 * @return false if another load has the lease, or the first chunk is gone
	 */
	Mono<Boolean> commit(StoredHead head, Duration ttl, Duration firstTtl) {
		return commit(head.generation(), StoredHeadCodec.encode(head), ttl.toMillis(), firstTtl.toMillis());
	}

	private Mono<Boolean> commit(Object... arguments) {
		return this.link.run(COMMIT, List.of(this.keys.head(), this.keys.lease(), this.keys.first()), arguments)
			.map(ScriptReply::isDone);
	}

	/** Ends a load without a result; false if another load has the lease. */
	Mono<Boolean> release(String generation) {
		return release((Object) generation);
	}

	/** Ends another instance's load without a result. */
	Mono<Boolean> release(ImageReply.Loading loading) {
		return release(loading.generation());
	}

	private Mono<Boolean> release(Object generation) {
		return this.link.run(RELEASE, List.of(this.keys.lease(), this.keys.first()), generation)
			.map(ScriptReply::isDone);
	}

	/** Deletes head and first chunk of an image, unless it was replaced since. */
	Mono<Boolean> discard(ImageReply.Held held) {
		return this.link.run(DISCARD, List.of(this.keys.head(), this.keys.first()), held.encoded())
			.map(ScriptReply::isDone);
	}

	/** Deletes head, first chunk and lease. */
	Mono<ImageReply.Purged> purge() {
		return this.link.run(PURGE, List.of(this.keys.head(), this.keys.first(), this.keys.lease()))
			.map((reply) -> new ImageReply.Purged(head(reply, 0), head(reply, 2)));
	}

	/**
	 * The chunks of a load.
	 * @param length bytes of the whole image
	 */
	StoredChunks chunks(String generation, long length) {
		return new StoredChunks(this, generation, length);
	}

	/** Reads a chunk; empty if it is not there. */
	Mono<ByteBuffer> readChunk(String generation, int index) {
		return this.link.send((redis) -> redis.stringCommands().get(this.keys.chunk(generation, index)));
	}

	/** Writes a chunk. */
	Mono<Boolean> writeChunk(String generation, int index, ByteBuffer chunk, Duration ttl) {
		return this.link.send((redis) -> redis.stringCommands()
			.set(this.keys.chunk(generation, index), chunk, SetCondition.upsert(), Expiration.from(ttl)));
	}

	/** Sets for how long a chunk is kept; false if it is not there. */
	Mono<Boolean> expireChunk(String generation, int index, Duration ttl) {
		return this.link.send((redis) -> redis.keyCommands().pExpire(this.keys.chunk(generation, index), ttl));
	}

	/** Deletes a chunk. */
	Mono<Long> deleteChunk(String generation, int index) {
		return this.link.send((redis) -> redis.keyCommands().unlink(this.keys.chunk(generation, index)));
	}

}
