package ai.doxle.imageorigin.cache;

import java.time.Duration;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageHead;

/**
 * What the region says when it is asked for an image.
 */
public sealed interface RegionalAnswer {

	/**
	 * The region has the image, or is getting it.
	 *
	 * @param head the image's head, its type judged
	 * @param body all its bytes, on demand, as heap buffers that need no release; fails
	 * with {@link BrokenImageException} where they cannot be had in full or are not what
	 * was stored
	 */
	record Held(ImageHead head, Flux<DataBuffer> body) implements RegionalAnswer {

	}

	/**
	 * Another instance is loading the image.
	 *
	 * @param image the image as soon as its head is known, its bytes as they are
	 * committed; empty if that load ended without an image, so that the caller should
	 * claim again
	 */
	record Loading(Mono<Held> image) implements RegionalAnswer {

	}

	/**
	 * The region remembers that there is no such image.
	 *
	 * @param rest for how much longer
	 */
	record KnownAbsent(Duration rest) implements RegionalAnswer {

	}

	/**
	 * Nobody has the image: the caller shall load it, for all.
	 *
	 * @param lease holds off the others until it is used or given up
	 */
	record Granted(RegionalLease lease) implements RegionalAnswer {

	}

	/** Nobody has the image. */
	record Missing() implements RegionalAnswer {

	}

	/** The region cannot be asked at the moment. */
	record Unavailable() implements RegionalAnswer {

	}

	/** There is no such tier. */
	record Off() implements RegionalAnswer {

	}

}
