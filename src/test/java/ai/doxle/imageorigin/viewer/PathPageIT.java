package ai.doxle.imageorigin.viewer;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import ai.doxle.imageorigin.harness.browser.Browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The path of a request, live: the page's drawing and its journey, in a real browser.
 */
class PathPageIT {

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
		browser.resize(1240, 900);
		browser.prefer("prefers-color-scheme", "light");
		page.open();
		await().atMost(Duration.ofMinutes(1)).until(PathPageIT::purge);
	}

	/** A purge that is done in part only (502) says so, and is repeated. */
	private static boolean purge() {
		browser.click("#purge");
		browser.awaitTrue("!document.querySelector('#purge').disabled");
		return browser.text("#management-state").contains("was purged");
	}

	@Test
	void tellsWhichStationAnswered() {
		request("Sydney");
		assertThat(states()).containsExactly("asked", "asked", "asked", "asked", "asked", "answered");
		assertThat(browser.text("[data-station=s3] .details")).startsWith("read, ").endsWith("250 kB from here");
		request("Sydney");
		assertThat(states()).containsExactly("asked", "answered", "idle", "idle", "idle", "idle");
		request("London");
		assertThat(states()).containsExactly("asked", "asked", "answered", "idle", "idle", "idle");
		assertThat(browser.text("[data-station=edge] .place")).isEqualTo("London");
	}

	@Test
	void fillsInTheFourRowsAsOneClicks() {
		for (String viewer : List.of("Sydney", "Sydney", "London", "London")) {
			request(viewer);
		}
		assertThat(answers("cold")).containsExactly("by S3", "by the edge", "by Origin Shield", "by the edge");
		assertThat(answers("warm")).containsOnly("–");
		page.screenshot("four-rows");
	}

	@Test
	void playsTheFourRowsByItself() {
		browser.prefer("prefers-reduced-motion", "reduce");
		browser.click("#play-cold");
		browser.awaitTrue("!document.querySelector('#play-cold').disabled");
		assertThat(answers("cold")).containsExactly("by S3", "by the edge", "by Origin Shield", "by the edge");
	}

	@Test
	void purgesEverywhere() {
		request("Sydney");
		request("London");
		browser.click("#purge");
		browser.awaitTrue("!document.querySelector('#purge').disabled");
		request("London");
		assertThat(browser.text("[data-station=s3] .details")).startsWith("read");
	}

	@Test
	void showsAnUploadThatIsWarmBeforeItIsAskedFor() {
		browser.click("#upload");
		browser.awaitTrue("document.querySelector('#management-state').textContent.includes('before anybody asks')");
		request("Sydney");
		assertThat(browser.text("#summary")).contains(" kB from the memory of image-origin ");
		assertThat(browser.run("return document.querySelector('#picture').naturalWidth").asInt()).isEqualTo(640);
	}

	@Test
	void playsTheFourRowsOfAnUploadByItself() {
		browser.prefer("prefers-reduced-motion", "reduce");
		browser.click("#play-warm");
		browser.awaitTrue("!document.querySelector('#play-warm').disabled");
		assertThat(answers("warm")).containsExactly("by memory", "by the edge", "by Origin Shield", "by the edge");
		page.screenshot("four-rows-warmed");
	}

	@Test
	void saysThatTheEdgeRefusesWhomHasNoSession() {
		request("Sydney");
		browser.click("#end");
		browser.awaitTrue("document.querySelector('#session-state').dataset.kind === 'ended'");
		browser.click("#request");
		browser.awaitTrue("document.querySelector('#summary').textContent.includes('refused')");
	}

	@Test
	void canBeUsedWithTheKeyboard() {
		browser.run("document.querySelector('#image').focus()");
		// to the viewers, on to London, to the button, press it
		browser.press("\uE004", "\uE014", "\uE004", "\uE007");
		browser.awaitTrue("document.querySelector('#summary').textContent.includes(' in ')");
		assertThat(browser.text("[data-station=edge] .place")).isEqualTo("London");
		assertThat(browser.run("return document.activeElement.id").asString()).isEqualTo("request");
	}

	@Test
	void fitsAPhone() {
		browser.resize(360, 740);
		request("Sydney");
		assertThat(browser.run("return document.documentElement.scrollWidth").asInt()).isLessThanOrEqualTo(360);
		page.screenshot("phone");
	}

	@Test
	void hasContrastInLightAndInTheDark() {
		request("Sydney");
		for (String scheme : List.of("light", "dark")) {
			browser.prefer("prefers-color-scheme", scheme);
			assertThat(weakContrasts()).as(scheme).isEmpty();
			page.screenshot("path-" + scheme);
		}
	}

	private static void request(String viewer) {
		browser.run("document.querySelector('#summary').textContent = ''");
		browser.click("#viewers label:nth-of-type(" + (viewer.equals("Sydney") ? 1 : 2) + ")");
		browser.click("#request");
		browser.awaitTrue("document.querySelector('#summary').textContent.includes(' in ')");
	}

	private static List<String> states() {
		return texts("return [...document.querySelectorAll('.station')].map((box) => box.dataset.state)");
	}

	private static List<String> answers(String column) {
		return texts("return [...document.querySelectorAll('[data-cell^=" + column
				+ "]')].map((cell) => (cell.querySelector('small') ?? cell).textContent)");
	}

	private static List<String> texts(String script) {
		return browser.run(script).valueStream().map(JsonNode::asString).toList();
	}

	/** Texts with less contrast than WCAG 2.2 demands of them (1.4.3: 4.5 to 1). */
	private static List<String> weakContrasts() {
		// without the transitions between colours
		browser.run("return new Promise((resolve) => { setTimeout(resolve, 700); })");
		return texts("""
				const channels = (color) => {
				  const canvas = document.createElement('canvas').getContext('2d');
				  canvas.fillStyle = color;
				  canvas.fillRect(0, 0, 1, 1);
				  return [...canvas.getImageData(0, 0, 1, 1).data];
				};
				const luminance = (color) => channels(color).slice(0, 3)
				  .map((value) => value / 255)
				  .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
				  .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
				const background = (node) => {
				  for (let at = node; at; at = at.parentElement) {
				    const color = getComputedStyle(at).backgroundColor;
				    if (channels(color)[3] > 0) {
				      return color;
				    }
				  }
				  return 'white';
				};
				return [...document.querySelectorAll('body *')]
				  .filter((node) => node.checkVisibility() && !node.disabled
				    && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()))
				  .filter((node) => {
				    const [low, high] = [luminance(getComputedStyle(node).color), luminance(background(node))].sort();
				    return (high + 0.05) / (low + 0.05) < 4.5;
				  })
				  .map((node) => node.tagName + ' ' + node.textContent.trim().slice(0, 60));""");
	}

}
