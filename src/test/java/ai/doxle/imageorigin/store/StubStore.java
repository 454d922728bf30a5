package ai.doxle.imageorigin.store;

import java.time.Instant;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/** A store that has one answer to everything and notes when it is asked. */
record StubStore(String name, List<String> asked, Mono<StoredImage> answer) implements ImageStore {

	static final ImageKey KEY = new ImageKey("a.jpg");

	static StoredImage image(String etag) {
		return new StoredImage(new ImageHead(new ETag(etag, false), Instant.EPOCH, 0, "image/jpeg", null),
				Flux.empty());
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return open(key).map(StoredImage::head);
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return Mono.defer(() -> {
			this.asked.add(this.name);
			return this.answer;
		});
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return open(key);
	}

}
