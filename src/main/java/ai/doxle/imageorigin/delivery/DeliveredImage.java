package ai.doxle.imageorigin.delivery;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;

import ai.doxle.imageorigin.image.ImageHead;

/**
 * An image on its way to a reader. Whoever holds it subscribes to the body once, soon.
 *
 * @param head the image's head, its type checked
 * @param body the bytes that were asked for, following demand; a body that completes is
 * whole. Whoever receives a piece releases it.
 */
public record DeliveredImage(ImageHead head, Flux<DataBuffer> body) {

}
