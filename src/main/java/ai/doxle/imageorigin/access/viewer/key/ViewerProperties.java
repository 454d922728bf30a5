package ai.doxle.imageorigin.access.viewer.key;

import java.util.List;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The keys of viewers' cookies, and the address at which viewers see images.
 *
 * @param keys key pairs of the CloudFront key group: the first with a private key signs,
 * all of them verify. None: there are no sessions, and cookies are not looked at.
 * @param resourceBase scheme and host of images as viewers see them, such as
 * {@code https://images.example.com}; by default those of each request. Needed behind
 * anything that ends TLS or has another host name.
 */
@Validated
@ConfigurationProperties("image-origin.session")
public record ViewerProperties(
		@DefaultValue @Size(max = 5,
				message = "must hold at most five keys, as many as a key group of CloudFront "
						+ "(image-origin.session.keys)") List<@Valid Key> keys,
		@Nullable @Pattern(regexp = "https?://[a-z0-9._-]+(:\\d{1,5})?",
				message = "must be scheme and host in lower case, such as https://images.example.com, without a path "
						+ "(image-origin.session.resource-base)") String resourceBase) {

	/**
	 * A key pair, of which one half may be missing: a private key tells its public key.
	 *
	 * @param id CloudFront's id of the public key, such as {@code K2JCJMDEHXQW5F}.
	 * @param privateKeyLocation where the private key is, P-256 or RSA 2048 in PEM form:
	 * a file, a URL or {@code base64:…}.
	 * @param publicKeyLocation where the public key is, for a key that shall verify only.
	 */
	public record Key(
			@NotNull(message = "is missing: give CloudFront's id of the key, such as K2JCJMDEHXQW5F "
					+ "(image-origin.session.keys[n].id)") @Pattern(
							regexp = "[A-Za-z0-9_-]{1,64}",
							message = "must be CloudFront's id of the key, such as K2JCJMDEHXQW5F "
									+ "(image-origin.session.keys[n].id)") String id,
			@Nullable String privateKeyLocation, @Nullable String publicKeyLocation) {

		@AssertTrue(message = "needs image-origin.session.keys[n].private-key-location or "
				+ "image-origin.session.keys[n].public-key-location")
		boolean isKeyNamed() {
			return this.privateKeyLocation != null || this.publicKeyLocation != null;
		}

		/** Without locations, which may hold the key itself. */
		@Override
		public String toString() {
			return "Key[id=" + this.id + "]";
		}

	}

}
