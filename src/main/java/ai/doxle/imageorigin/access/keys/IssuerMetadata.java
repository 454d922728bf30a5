package ai.doxle.imageorigin.access.keys;

import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.util.Map;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;

/**
 * Finds the JWK set of an issuer that names it in its OpenID Provider configuration
 * (OpenID Connect Discovery 1.0 section 4). The configuration is read at every fetch of
 * the keys, never at start-up, so that an absent issuer does not keep the origin down.
 */
final class IssuerMetadata implements JwkSetLocation {

	private final String issuer;

	private final ResourceRetriever retriever;

	IssuerMetadata(String issuer, ResourceRetriever retriever) {
		this.issuer = issuer;
		this.retriever = retriever;
	}

	@Override
	public URI find() throws IOException, ParseException {
		String base = this.issuer.endsWith("/") ? this.issuer.substring(0, this.issuer.length() - 1) : this.issuer;
		URI location = URI.create(base + "/.well-known/openid-configuration");
		Map<String, Object> configuration = JSONObjectUtils
			.parse(this.retriever.retrieveResource(location.toURL()).getContent());
		if (!this.issuer.equals(configuration.get("issuer"))) {
			throw new ParseException("issuer is " + configuration.get("issuer"), 0);
		}
		URI keys = JSONObjectUtils.getURI(configuration, "jwks_uri");
		if (keys == null) {
			throw new ParseException("jwks_uri is missing", 0);
		}
		return keys;
	}

	@Override
	public String toString() {
		return this.issuer;
	}

}
