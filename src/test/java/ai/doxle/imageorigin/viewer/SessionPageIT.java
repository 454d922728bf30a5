package ai.doxle.imageorigin.viewer;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.browser.Browser;
import ai.doxle.imageorigin.harness.viewer.DevelopmentServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Private images by plain {@code img} elements: the page's session, in a real browser.
 */
class SessionPageIT {

	private static final String IMAGE = SampleImages.BLOCK + "floor.png";

	private static PageUnderTest page;

	private static Browser browser;

	@BeforeAll
	static void start() {
		page = PageUnderTest.start();
		browser = page.browser();
	}

	@AfterAll
	static void stop() {
		if (page != null) {
			page.close();
		}
	}

	@BeforeEach
	void open() {
		page.open();
	}

	@Test
	void showsTheImagesOfTheSessionsProject() {
		assertThat(page.shown()).hasSize(11).allMatch((key) -> key.startsWith("projects/123/"));
		assertThat(page.notShown()).hasSize(2).allMatch((key) -> key.startsWith("projects/200/"));
		page.screenshot("signed-in");
	}

	@Test
	void showsThemByElementsWithNothingButAnAddress() {
		assertThat(browser
			.run("return [...document.querySelectorAll('#gallery img')].every((image) => "
					+ "image.getAttributeNames().sort().join() === 'alt,data-key,src')")
			.asBoolean()).isTrue();
		assertThat(browser.run("return document.cookie").asString()).isEmpty();
	}

	@Test
	void refusesEverythingOnceTheSessionHasEnded() {
		browser.click("#end");
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'ended'");
		page.awaitPictures();
		assertThat(page.shown()).isEmpty();
		assertThat(browser.text("figure[data-state=refused] .state")).isEqualTo("refused: 401");
		page.screenshot("ended");
	}

	@Test
	void beginsAgainAfterAnEnd() {
		browser.click("#end");
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'ended'");
		browser.click("#begin");
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'began'");
		page.awaitPictures();
		assertThat(page.shown()).hasSize(11);
	}

	@Test
	void showsAnotherUserTheirOwnProjectOnly() {
		browser.click("#users label:nth-of-type(2)");
		browser.awaitTrue("document.querySelector('#session-state').textContent.startsWith('Ben')");
		page.awaitPictures();
		assertThat(page.shown()).hasSize(2).allMatch((key) -> key.startsWith("projects/200/"));
		assertThat(page.notShown()).hasSize(11);
		page.screenshot("other-user");
	}

	@Test
	void showsTheImagesAgainAfterTheCookiesHaveExpiredAtTheServer() {
		// what the server would see two hours later: the browser still sends cookies
		String stale = page.server().cookies(DevelopmentServer.PROJECT, Instant.now().minus(Duration.ofHours(1)));
		setCookies(stale);
		assertThat(statusOfImage()).isEqualTo(401);
		reloadImages();
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'renewed'");
		page.awaitPictures();
		assertThat(page.shown()).hasSize(11);
		assertThat(statusOfImage()).isEqualTo(200);
	}

	@Test
	void showsTheImagesAgainAfterTheBrowserHasDroppedTheCookies() {
		browser.devTools("Network.clearBrowserCookies", Map.of());
		assertThat(statusOfImage()).isEqualTo(401);
		reloadImages();
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'renewed'");
		page.awaitPictures();
		assertThat(page.shown()).hasSize(11);
	}

	/**
	 * The clock of the browser two hours on: the timer that would fire by then is run.
	 */
	@Test
	void renewsAtThreeQuartersOfTheSessionsLife() {
		browser.runFirst("""
				window.late = [];
				const immediate = window.setTimeout;
				window.setTimeout = (task, delay, ...rest) =>
				  delay > 600000 ? window.late.push({ task, delay }) : immediate(task, delay, ...rest);""");
		page.open();
		double minutes = browser.run("return window.late.at(-1).delay").asDouble() / 60000;
		assertThat(minutes).isCloseTo(45, within(1.0));
		browser.devTools("Network.clearBrowserCookies", Map.of());
		browser.run("window.late.at(-1).task()");
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'renewed'");
		assertThat(statusOfImage()).isEqualTo(200);
	}

	@Test
	void letsACanvasReadAnImageOfAnotherOriginWithCredentials() {
		String image = page.server().page() + "/proxy-image/" + IMAGE;
		page.open(page.server().edges().get("Sydney"));
		assertThat(pixel(image, "use-credentials")).isEqualTo("255");
		assertThat(pixel(image, "")).isEqualTo("error");
	}

	@Test
	void letsACanvasReadAnImageOfAnEdgeWithCredentials() {
		String image = page.server().edges().get("London") + "/proxy-image/" + IMAGE;
		assertThat(pixel(image, "use-credentials")).isEqualTo("255");
	}

	@Test
	void runsNoScriptButItsOwn() {
		assertThat(browser.complaints()).noneMatch((line) -> line.contains("Content Security Policy"));
		browser.run("""
				const script = document.createElement('script');
				script.textContent = 'window.foreign = true';
				document.body.append(script);""");
		assertThat(browser.run("return window.foreign === undefined").asBoolean()).isTrue();
		assertThat(browser.complaints()).anyMatch((line) -> line.contains("Content Security Policy"));
	}

	private static void reloadImages() {
		// a page that was left open and is returned to
		browser.run("for (const image of document.querySelectorAll('[data-project=\"123\"] img')) "
				+ "{ image.src = image.src.replace(/\\?.*/, '?later=' + Math.random()); "
				+ "image.closest('figure').dataset.state = 'loading'; }");
	}

	private static int statusOfImage() {
		return browser
			.run("return fetch('/proxy-image/" + IMAGE
					+ "', { cache: 'no-store' }).then((response) => response.status)")
			.asInt();
	}

	/** Opacity of a pixel that a canvas has read. */
	private static String pixel(String image, String crossOrigin) {
		return browser.run("""
				const image = new Image();
				image.crossOrigin = arguments[1] || 'anonymous';
				image.src = arguments[0] + '?canvas=' + Math.random();
				return image.decode().then(() => {
				  const pen = document.createElement('canvas').getContext('2d');
				  pen.drawImage(image, 0, 0);
				  return String(pen.getImageData(5, 5, 1, 1).data[3]);
				}, () => 'error');""", image, crossOrigin).asString();
	}

	private static void setCookies(String header) {
		for (String pair : header.split("; ", -1)) {
			int equals = pair.indexOf('=');
			String name = pair.substring(0, equals);
			String path = name.endsWith("Hash-Algorithm") ? "/proxy-image/" : "/proxy-image/projects/123/";
			browser.devTools("Network.setCookie", Map.of("name", name, "value", pair.substring(equals + 1), "url",
					page.server().page().toString(), "path", path, "secure", true, "httpOnly", true));
		}
	}

}
