package ai.doxle.imageorigin.delivery.type;

import java.util.List;

import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What counts as an image.
 *
 * @param allowed media types that are delivered, e.g. {@code image/*} or
 * {@code image/jpeg}; everything else gets 415.
 * @param enforced whether types are checked at all; if not, everything goes out as it was
 * declared.
 */
@Validated
@ConfigurationProperties("image-origin.types")
public record ImageTypeProperties(
		@DefaultValue("image/*") @NotEmpty(message = "must name a media type such as image/*; "
				+ "to let everything pass set image-origin.types.enforced=false") List<@Pattern(
						regexp = "[\\w.+-]+/(?:\\*|[\\w.+-]+)",
						message = "must be a media type such as image/* or image/jpeg") String> allowed,
		@DefaultValue("true") boolean enforced) {

}
