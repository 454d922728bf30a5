package ai.doxle.imageorigin.web.shortcut;

import java.util.ArrayList;
import java.util.List;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;

/**
 * Headers in the form in which HTTP/1.1 has them, ready to be copied at once.
 * <p>
 * Netty's encoder writes a header's name, a colon and its value: the value of the first
 * header holds the lines of all others. The encoder is the only one to see them.
 *
 * @param name the name of the first header
 * @param rest its value and the following lines, without the last line's end
 */
record Http1Headers(AsciiString name, AsciiString rest) implements HeaderTemplate {

	private static final HttpHeadersFactory FACTORY = DefaultHttpHeadersFactory.headersFactory().withValidation(false);

	/**
	 * Makes a block of headers that stand for themselves: at least one, their values
	 * without line ends, as HTTP has them.
	 */
	static Http1Headers of(org.springframework.http.HttpHeaders headers) {
		List<String> lines = new ArrayList<>();
		headers.forEach((name, values) -> values.forEach((value) -> lines.add(name + ": " + value)));
		String block = String.join("\r\n", lines);
		int colon = block.indexOf(':');
		return new Http1Headers(new AsciiString(block.substring(0, colon)),
				new AsciiString(block.substring(colon + 2)));
	}

	@Override
	public HttpHeaders headers() {
		return FACTORY.newHeaders().add(this.name, this.rest);
	}

}
