package ai.doxle.imageorigin.admin.cloudfront;

import java.net.URI;

import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The CloudFront distribution that a purge tells. The role needs
 * {@code cloudfront:CreateInvalidation} on it.
 *
 * @param distributionId the id of the distribution, e.g. {@code E2EXAMPLE1ABCD}; none: no
 * CDN is told.
 * @param endpoint where CloudFront's API is, for tests; by default AWS's own address.
 * @param pathPrefix what precedes the key in the paths that viewers ask the distribution
 * for.
 */
@Validated
@ConfigurationProperties("image-origin.admin.cloudfront")
public record CloudFrontProperties(
		@Nullable @Pattern(regexp = "[A-Z0-9]{0,32}",
				message = "must be the id of a distribution such as E2EXAMPLE1ABCD, or nothing if no CDN shall be told "
						+ "(image-origin.admin.cloudfront.distribution-id)") String distributionId,
		@Nullable URI endpoint,
		@DefaultValue("/proxy-image") @Pattern(regexp = "(/[\\w.~-]+)*",
				message = "must be a path such as /proxy-image, without a slash at its end "
						+ "(image-origin.admin.cloudfront.path-prefix)") String pathPrefix) {

}
