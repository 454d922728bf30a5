package ai.doxle.imageorigin.access;

import java.util.List;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Who may read images.
 *
 * @param mode whether readers need a bearer token.
 * @param projectClaim name of a claim that lists the projects a token may read: a string,
 * a number or a list of either. If set, only {@code projects/{id}/…} of those ids is
 * readable. Needs mode {@code required}.
 * @param edgeSecrets if set, a request must carry one of them in the header
 * {@code X-Origin-Verify}, so that only the CDN can ask. Two values allow rotation; a
 * list that is set but empty ends the start. Null: no secret is needed.
 * @param edgeChecksViewers whether the edge has verified the cookies of viewers where it
 * says so by {@code X-Viewer-Access: signed-cookies}: then a request needs no token.
 * Needs {@code edge-secrets}, by which the edge is known.
 * @param rememberedTokens how many verified tokens are remembered, each until it expires
 * but for two and a half minutes at most; and how many verified sets of viewers' cookies,
 * each until it expires.
 */
@Validated
@ConfigurationProperties("image-origin.access")
public record AccessProperties(@DefaultValue("required") Mode mode,
		@Nullable @Size(min = 1,
				message = "must be the name of a claim; leave it out if tokens name no projects "
						+ "(image-origin.access.project-claim)") String projectClaim,
		@Nullable @Size(min = 1, max = 2,
				message = "must hold one or two secrets: the old and the new one; leave it out if the origin shall "
						+ "admit every client that can reach it (image-origin.access.edge-secrets)") List<@Pattern(
								regexp = "[!-~]{16,}",
								message = "must be at least 16 visible ASCII characters, as a header can carry "
										+ "them (image-origin.access.edge-secrets)") String> edgeSecrets,
		@DefaultValue("false") boolean edgeChecksViewers, @DefaultValue("10000") @Positive int rememberedTokens) {

	/** Whether readers need a bearer token. */
	public enum Mode {

		/** No token is looked at. */
		OPEN,
		/** A token, if sent, must be valid. */
		OPTIONAL,
		/** Every request needs a valid token. */
		REQUIRED

	}

	@AssertTrue(message = "image-origin.access.project-claim needs image-origin.access.mode=required: "
			+ "any other mode would let readers without a token past it")
	boolean isProjectClaimEnforceable() {
		return this.projectClaim == null || this.mode == Mode.REQUIRED;
	}

	@AssertTrue(message = "image-origin.access.edge-checks-viewers needs image-origin.access.edge-secrets: "
			+ "without a secret, every client could say that it was checked")
	boolean isEdgeKnown() {
		return !this.edgeChecksViewers || this.edgeSecrets != null;
	}

	@Override
	public String toString() {
		return "AccessProperties[mode=" + this.mode + ", projectClaim=" + this.projectClaim + ", edgeSecrets="
				+ ((this.edgeSecrets != null) ? this.edgeSecrets.size() : 0) + "]";
	}

}
