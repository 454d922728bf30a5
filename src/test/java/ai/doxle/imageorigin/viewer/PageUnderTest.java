package ai.doxle.imageorigin.viewer;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.browser.Browser;
import ai.doxle.imageorigin.harness.cdn.Place;
import ai.doxle.imageorigin.harness.viewer.DevelopmentServer;

/**
 * The development server on free ports, and a browser.
 */
final class PageUnderTest implements AutoCloseable {

	private static final Path SCREENSHOTS = Path.of("target/screenshots");

	private final Browser browser;

	private final LocalRedis redis;

	private final DevelopmentServer server;

	private PageUnderTest(Browser browser) {
		this.browser = browser;
		this.redis = LocalRedis.start();
		this.server = DevelopmentServer.start((events) -> LocalS3.start("page-images", 0, events),
				this.redis.originProperties(), List.of(Place.sydney(0), Place.london(0)), "--server.port=0",
				"--management.server.port=0");
	}

	/** Starts everything; skips the test where there is no browser. */
	static PageUnderTest start() {
		return new PageUnderTest(Browser.start());
	}

	Browser browser() {
		return this.browser;
	}

	DevelopmentServer server() {
		return this.server;
	}

	/** Opens the page as a browser that was never there before. */
	void open() {
		open(this.server.page());
	}

	/** Opens the page through one of its hosts. */
	void open(URI host) {
		this.browser.devTools("Network.clearBrowserCookies", Map.of());
		this.browser.devTools("Network.clearBrowserCache", Map.of());
		this.browser.complaints();
		this.browser.open(host.resolve("/"));
		this.browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'began'");
		awaitPictures();
	}

	/** Waits until every picture is shown or refused. */
	void awaitPictures() {
		this.browser.awaitTrue("""
				document.querySelectorAll('figure').length > 0 && [...document.querySelectorAll('figure')]
				.every((figure) => ['shown', 'refused'].includes(figure.dataset.state))""");
	}

	/** Keys of the images that have pixels. */
	List<String> shown() {
		return keys("image.complete && image.naturalWidth > 0");
	}

	/** Keys of the images that have none. */
	List<String> notShown() {
		return keys("!image.complete || image.naturalWidth === 0");
	}

	private List<String> keys(String condition) {
		return this.browser
			.run("return [...document.querySelectorAll('#gallery img')].filter((image) => " + condition
					+ ").map((image) => image.dataset.key)")
			.valueStream()
			.map((key) -> key.asString())
			.toList();
	}

	/** Keeps a picture of the page for whoever wants to see it. */
	void screenshot(String name) {
		this.browser.screenshot(SCREENSHOTS.resolve(name + ".png"));
	}

	@Override
	public void close() {
		this.browser.close();
		this.server.close();
		this.redis.close();
	}

}
