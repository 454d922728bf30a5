package ai.doxle.imageorigin.web.shortcut;

import java.util.Locale;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;

/**
 * Headers for HTTP/2, which compresses each by itself (RFC 7541). Names are in lower case
 * (RFC 9113 section 8.2), and both names and values of the type that Netty's codec would
 * make of them each time.
 *
 * @param fields the headers, which nobody changes
 */
public record Http2Headers(HttpHeaders fields) implements HeaderTemplate {

	static Http2Headers of(org.springframework.http.HttpHeaders headers) {
		HttpHeaders fields = DefaultHttpHeadersFactory.headersFactory().newHeaders();
		headers.forEach((name, values) -> values
			.forEach((value) -> fields.add(new AsciiString(name.toLowerCase(Locale.ROOT)), new AsciiString(value))));
		return new Http2Headers(fields);
	}

	@Override
	public HttpHeaders headers() {
		return this.fields.copy();
	}

}
