package ai.doxle.imageorigin.harness;

import java.net.http.HttpResponse;
import java.util.Optional;

import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/**
 * Assertions on responses, in the terms of HTTP.
 */
public final class ResponseAssert extends AbstractAssert<ResponseAssert, HttpResponse<byte[]>> {

	private ResponseAssert(HttpResponse<byte[]> actual) {
		super(actual, ResponseAssert.class);
	}

	/** Begins. */
	public static ResponseAssert assertThat(HttpResponse<byte[]> actual) {
		return new ResponseAssert(actual);
	}

	/** Its status code. */
	public ResponseAssert hasStatus(int status) {
		Assertions.assertThat(this.actual.statusCode()).as(about("status")).isEqualTo(status);
		return this;
	}

	/** Has a header, once or first of all with a value. */
	public ResponseAssert hasHeader(String name, String value) {
		Assertions.assertThat(header(name)).as(about(name)).contains(value);
		return this;
	}

	/** Has a header whose value begins so. */
	public ResponseAssert hasHeaderStarting(String name, String start) {
		Assertions.assertThat(header(name).orElse("")).as(about(name)).startsWith(start);
		return this;
	}

	/** Has a header whose value ends so. */
	public ResponseAssert hasHeaderEnding(String name, String end) {
		Assertions.assertThat(header(name).orElse("")).as(about(name)).endsWith(end);
		return this;
	}

	/** Has a header whose value has parts. */
	public ResponseAssert hasHeaderWith(String name, String... parts) {
		Assertions.assertThat(header(name).orElse("")).as(about(name)).contains(parts);
		return this;
	}

	/** Has no such header. */
	public ResponseAssert hasNoHeader(String name) {
		Assertions.assertThat(header(name)).as(about(name)).isEmpty();
		return this;
	}

	/** Its body, byte for byte. */
	public ResponseAssert hasBody(byte[] body) {
		Assertions.assertThat(this.actual.body()).as(about("body")).isEqualTo(body);
		return this;
	}

	/** Has no body. */
	public ResponseAssert hasNoBody() {
		Assertions.assertThat(this.actual.body()).as(about("body")).isEmpty();
		return this;
	}

	private Optional<String> header(String name) {
		return this.actual.headers().firstValue(name);
	}

	private String about(String what) {
		return descriptionText() + " " + what + " of " + this.actual.request().method() + " " + this.actual.uri();
	}

}
