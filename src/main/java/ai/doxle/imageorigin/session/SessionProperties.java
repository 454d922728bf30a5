package ai.doxle.imageorigin.session;

import java.time.Duration;

import jakarta.validation.constraints.Pattern;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Viewers' sessions.
 *
 * @param path the path at which a token is traded for cookies; outside of that of images.
 * @param lifetime how long a session lasts, from a minute to a day, but never longer than
 * its token.
 * @param sameSite which pages may show images: {@code lax}, those of the same site; or
 * {@code none}, those of any site, each with cookies of its own ({@code Partitioned}).
 */
@Validated
@ConfigurationProperties("image-origin.session")
public record SessionProperties(
		@DefaultValue("/proxy-image-session") @Pattern(regexp = "(/[\\w.~-]+)+",
				message = "must be a path such as /proxy-image-session, without a slash at its end "
						+ "(image-origin.session.path)") String path,
		@DefaultValue("1h") @DurationMin(minutes = 1) @DurationMax(hours = 24) Duration lifetime,
		@DefaultValue("lax") SameSite sameSite) {

	/** The attribute of that name (RFC 6265bis section 4.1.2.7). */
	public enum SameSite {

		/** Sent with requests that pages of the same site make. */
		LAX,
		/** Sent with requests of any page. */
		NONE

	}

}
