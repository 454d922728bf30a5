package ai.doxle.imageorigin.cache.redis.order;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.Sha256;

/**
 * The latest event of each subject, in Redis for a week: no event is that late.
 */
final class RedisEventOrder implements EventOrder {

	private static final Duration TTL = Duration.ofDays(7);

	private static final LuaScript BEGIN = LuaScript.read("begin", RedisEventOrder.class);

	private static final LuaScript END = LuaScript.read("end", RedisEventOrder.class);

	private final RedisLink link;

	RedisEventOrder(RedisLink link) {
		this.link = link;
	}

	@Override
	public Mono<Turn> begin(String subject, String sequence, String version) {
		return this.link.run(BEGIN, List.of(key(subject)), sequence, version, TTL.toMillis())
			.map(RedisEventOrder::turn)
			.onErrorMap(RedisEventOrder::unavailable);
	}

	private static Turn turn(ScriptReply reply) {
		return switch (reply.word()) {
			case "late" -> new Turn.Late();
			case "repeated" -> new Turn.Repeated();
			default -> new Turn.Due(before(reply.text(1)), !reply.text(2).isEmpty());
		};
	}

	private static @Nullable String before(String version) {
		return version.isEmpty() ? null : version;
	}

	@Override
	public Mono<Void> end(String subject, String sequence) {
		return this.link.run(END, List.of(key(subject)), sequence).onErrorMap(RedisEventOrder::unavailable).then();
	}

	private static ImageFailure unavailable(Throwable failure) {
		return new ImageFailure.Unavailable("Redis cannot tell the order of events", failure);
	}

	private static ByteBuffer key(String subject) {
		byte[] hash = Sha256.digest(subject);
		return RedisKeys.key("event:" + Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
	}

}
