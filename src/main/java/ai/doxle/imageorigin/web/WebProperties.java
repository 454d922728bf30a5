package ai.doxle.imageorigin.web;

import java.time.Duration;
import java.util.List;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How images appear over HTTP.
 *
 * @param path the path under which images are served; what follows it is the key.
 * @param responseTimeout how long the head of a response may take, whatever the store and
 * the token's issuer do; beyond that, 504.
 * @param shortCut whether images in memory are served right behind the HTTP codec; the
 * responses are the same without, at a multiple of the cost.
 * @param cors who may read responses from a script.
 */
@Validated
@ConfigurationProperties("image-origin")
public record WebProperties(
		@DefaultValue("/proxy-image") @Pattern(regexp = "(/[\\w.~-]+)+",
				message = "must be a path such as /proxy-image, without a slash at its end "
						+ "(image-origin.path)") String path,
		@DefaultValue("15s") @DurationMin(millis = 100) @DurationMax(seconds = 60) Duration responseTimeout,
		@DefaultValue("true") boolean shortCut, @DefaultValue @Valid Cors cors) {

	/**
	 * Who may read responses from a script. Origins on a list may send cookies, too; all
	 * origins ({@code *}) may not.
	 *
	 * @param allowedOrigins origins such as {@code https://annotate.example}, or
	 * {@code *} for all.
	 */
	public record Cors(@DefaultValue("*") @NotEmpty(
			message = "must hold * or at least one origin (image-origin.cors.allowed-origins)") List<@Pattern(
					regexp = "\\*|[a-z][a-z0-9+.-]*://[^/\\s*]+",
					message = "must be * or an origin such as https://annotate.example, without a "
							+ "path (image-origin.cors.allowed-origins)") String> allowedOrigins) {

	}

}
