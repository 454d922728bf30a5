package ai.doxle.imageorigin.admin;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * What delivery holds and loads.
 */
record DeliveredImages(ImageDelivery delivery) implements InstanceImages {

	@Override
	public long forget(ImageSelection selection) {
		return this.delivery.forget(selection);
	}

	@Override
	public Mono<WarmResult> warm(ImageKey key) {
		return this.delivery.warm(key);
	}

}
