package ai.doxle.imageorigin.harness.cdn;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.netty.handler.codec.http.HttpHeaderNames;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A response under way to a viewer or an edge: headers may still be changed.
 *
 * @param status its status
 * @param headers its headers
 * @param body all of it
 */
@SuppressWarnings("ArrayRecordComponent")
record CdnResponse(int status, Map<String, List<String>> headers, byte[] body) {

	static CdnResponse of(CachedResponse source) {
		Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.putAll(source.headers());
		return new CdnResponse(source.status(), headers, source.body());
	}

	static CdnResponse of(int status, String type, String body) {
		Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.put("Content-Type", List.of(type));
		return new CdnResponse(status, headers, body.getBytes(StandardCharsets.UTF_8));
	}

	/** Says something, in place of what was said. */
	CdnResponse with(String name, String value) {
		this.headers.put(name, List.of(value));
		return this;
	}

	CdnResponse without(String... names) {
		for (String name : names) {
			this.headers.remove(name);
		}
		return this;
	}

	/** Adds a member to a list. */
	CdnResponse append(String name, String member) {
		String before = String.join(", ", this.headers.getOrDefault(name, List.of()));
		return with(name, before.isEmpty() ? member : before + ", " + member);
	}

	Publisher<Void> write(boolean head, HttpServerResponse response) {
		response.status(this.status);
		this.headers.forEach((name, values) -> response.responseHeaders().set(name, values));
		if (this.status == 204 || this.status == 304) {
			return response.send();
		}
		response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(this.body.length));
		return head ? response.send() : response.sendByteArray(Mono.just(this.body));
	}

}
