package ai.doxle.imageorigin.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.access.TokenGrant;

/**
 * Begins and ends viewers' sessions. A session is nothing but its cookies: no state of it
 * is kept.
 */
public final class ViewerSessions {

	private final @Nullable CookieSigner signer;

	private final SessionCookies cookies;

	private final Duration lifetime;

	private final Clock clock;

	/**
	 * @param signer signs the cookies; null where no key is configured
	 * @param lifetime how long a session lasts at most
	 */
	ViewerSessions(@Nullable CookieSigner signer, SessionCookies cookies, Duration lifetime, Clock clock) {
		this.signer = signer;
		this.cookies = cookies;
		this.lifetime = lifetime;
		this.clock = clock;
	}

	/** Whether there is a key to sign with. */
	public boolean arePossible() {
		return this.signer != null;
	}

	/**
	 * Begins a session, which ends with its token at the latest.
	 * @param grant what the token grants
	 * @param named the projects to show, valid ids all of them; none: all that the token
	 * grants
	 * @param base scheme and host of images as the viewer sees them
	 * @throws AccessFailure.NotAllowed if the token does not grant all of them, or grants
	 * nothing
	 * @throws TooManyProjectsException if the token grants more than a session can have
	 */
	public ViewerSession begin(TokenGrant grant, Collection<String> named, String base) {
		List<String> projects = projects(grant, named);
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.SECONDS);
		Instant expires = expires(now, grant.expires());
		Duration life = Duration.between(now, expires);
		return new ViewerSession(projects, expires, now.plusSeconds(life.toSeconds() * 3 / 4),
				cookies(projects, base, expires, life.toSeconds()));
	}

	private static @Nullable List<String> projects(TokenGrant grant, Collection<String> named) {
		if (!named.isEmpty()) {
			grant.require(named);
			return List.copyOf(named);
		}
		if (grant.projects() == null) {
			return null;
		}
		List<String> granted = grant.projects().stream().filter(ProjectIds::isValid).toList();
		if (granted.isEmpty()) {
			throw new AccessFailure.NotAllowed("The token grants no project");
		}
		if (granted.size() > ProjectIds.MAX) {
			throw new TooManyProjectsException(granted.size());
		}
		return granted;
	}

	private Instant expires(Instant now, @Nullable Instant tokenExpires) {
		Instant expires = now.plus(this.lifetime);
		return (tokenExpires != null && tokenExpires.isBefore(expires)) ? tokenExpires.truncatedTo(ChronoUnit.SECONDS)
				: expires;
	}

	private List<String> cookies(@Nullable List<String> projects, String base, Instant expires, long seconds) {
		List<String> cookies = new ArrayList<>();
		if (projects == null) {
			cookies.addAll(signed(null, base, expires, seconds).toList());
		}
		else {
			projects.forEach((project) -> cookies.addAll(signed(project, base, expires, seconds).toList()));
		}
		cookies.add(this.cookies.ofAll(this.lifetime.toSeconds()));
		return cookies;
	}

	private Stream<String> signed(@Nullable String project, String base, Instant expires, long seconds) {
		if (this.signer == null) {
			throw new IllegalStateException("without a key there are no sessions");
		}
		List<String> signed = this.signer.sign(base + this.cookies.path(project) + '*', expires);
		return this.cookies.ofProject(project, signed, seconds);
	}

	/**
	 * Ends a session.
	 * @param projects those whose cookies are deleted; cookies of others become useless
	 * until a session begins again
	 * @return the values of {@code Set-Cookie}
	 */
	public List<String> end(Collection<String> projects) {
		List<String> cookies = new ArrayList<>();
		projects.forEach((project) -> cookies.addAll(this.cookies.endProject(project).toList()));
		cookies.addAll(this.cookies.endProject(null).toList());
		cookies.add(this.cookies.endAll());
		return cookies;
	}

}
