package ai.doxle.imageorigin.access;

import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.util.Map;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an issuer that names its JWK set in its OpenID Provider configuration
 * (OpenID Connect Discovery 1.0 section 4). The configuration is read at every fetch of
 * the keys, never at start-up, so that an absent issuer does not keep the origin down.
 */
final class IssuerKeys implements JWKSetSource<SecurityContext> {

	private final String issuer;

	private final ResourceRetriever retriever;

	IssuerKeys(String issuer, ResourceRetriever retriever) {
		this.issuer = issuer;
		this.retriever = retriever;
	}

	@Override
	public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
			throws KeySourceException {
		try {
			return JWKSet.parse(read(jwkSetUri()));
		}
		catch (IOException ex) {
			throw new JWKSetRetrievalException("The keys of " + this.issuer + " are out of reach", ex);
		}
		catch (ParseException | IllegalArgumentException ex) {
			throw new JWKSetUnavailableException("The keys of " + this.issuer + " cannot be read", ex);
		}
	}

	private URI jwkSetUri() throws IOException, ParseException {
		String base = this.issuer.endsWith("/") ? this.issuer.substring(0, this.issuer.length() - 1) : this.issuer;
		Map<String, Object> configuration = JSONObjectUtils
			.parse(read(URI.create(base + "/.well-known/openid-configuration")));
		if (!this.issuer.equals(configuration.get("issuer"))) {
			throw new ParseException("issuer is " + configuration.get("issuer"), 0);
		}
		return JSONObjectUtils.getURI(configuration, "jwks_uri");
	}

	private String read(URI uri) throws IOException {
		return this.retriever.retrieveResource(uri.toURL()).getContent();
	}

	@Override
	public void close() {
		// holds nothing
	}

}
