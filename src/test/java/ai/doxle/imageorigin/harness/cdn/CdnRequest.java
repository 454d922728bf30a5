package ai.doxle.imageorigin.harness.cdn;

import java.util.Locale;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * A request of a viewer or an edge.
 *
 * @param method its method
 * @param path its path as it was spelled, without the query
 * @param query the query with its question mark, or nothing
 * @param headers its headers
 * @param body its body
 */
@SuppressWarnings("ArrayRecordComponent")
record CdnRequest(String method, String path, String query, HttpHeaders headers, byte[] body) {

	static CdnRequest of(HttpServerRequest request, byte[] body) {
		String target = request.uri();
		int mark = target.indexOf('?');
		return new CdnRequest(request.method().name().toUpperCase(Locale.ROOT),
				(mark < 0) ? target : target.substring(0, mark), (mark < 0) ? "" : target.substring(mark),
				request.requestHeaders().copy(), body);
	}

	@Nullable String header(String name) {
		return this.headers.get(name);
	}

}
