package ai.doxle.imageorigin.web.response;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Flux;

/**
 * The response to a request, before it is written.
 *
 * @param status the status
 * @param headers the headers that belong to this response; those of every response are
 * the writer's
 * @param body the body, or null for none
 */
public record ImageResponse(HttpStatus status, HttpHeaders headers, @Nullable Flux<DataBuffer> body) {

	static ImageResponse of(HttpStatus status, Consumer<HttpHeaders> details) {
		return of(status, details, null);
	}

	static ImageResponse of(HttpStatus status, Consumer<HttpHeaders> details, @Nullable Flux<DataBuffer> body) {
		HttpHeaders headers = new HttpHeaders();
		details.accept(headers);
		return new ImageResponse(status, headers, body);
	}

	public ImageResponse with(String name, String value) {
		this.headers.set(name, value);
		return this;
	}

	public ImageResponse withBody(Flux<DataBuffer> body) {
		return new ImageResponse(this.status, this.headers, body);
	}

}
