package ai.doxle.imageorigin.harness.viewer;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.harness.cdn.ViewerCheck;
import ai.doxle.imageorigin.image.InvalidImageKeyException;
import ai.doxle.imageorigin.web.request.InvalidRequestException;
import ai.doxle.imageorigin.web.request.RequestGate;

/**
 * The origin's own checks, for the edges in front of it, of a request that has nothing
 * but cookies.
 */
final class GateCheck implements ViewerCheck {

	private final RequestGate gate;

	GateCheck(RequestGate gate) {
		this.gate = gate;
	}

	@Override
	public boolean allows(String rawPath, @Nullable String cookies) {
		HttpHeaders headers = new HttpHeaders();
		if (cookies != null) {
			headers.set(HttpHeaders.COOKIE, cookies);
		}
		try {
			return this.gate.enter(HttpMethod.GET, rawPath, headers, false).blockOptional().isPresent();
		}
		catch (AccessFailure | InvalidRequestException | InvalidImageKeyException ex) {
			return false;
		}
	}

}
