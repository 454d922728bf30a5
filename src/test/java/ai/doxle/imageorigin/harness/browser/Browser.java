package ai.doxle.imageorigin.harness.browser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.awaitility.Awaitility.await;

/**
 * Chromium without a window, driven by W3C WebDriver, with a profile of its own.
 */
public final class Browser implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	/** Chromium's sandbox does not work for root, nor in many containers. */
	private static final List<String> ARGUMENTS = List.of("--headless=new", "--no-sandbox", "--disable-gpu",
			"--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1240,900", "--lang=en-GB");

	private static final JsonMapper JSON = new JsonMapper();

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final ChromeDriver driver;

	private final String session;

	private Browser(ChromeDriver driver) {
		this.driver = driver;
		Map<String, Object> options = Map.of("args", ARGUMENTS);
		Map<String, Object> wanted = Map.of("browserName", "chrome", "goog:chromeOptions", options, "goog:loggingPrefs",
				Map.of("browser", "ALL"));
		this.session = call("POST", "/session", Map.of("capabilities", Map.of("alwaysMatch", wanted))).path("sessionId")
			.asString();
	}

	/** Starts a browser; where there is none, the test is skipped. */
	public static Browser start() {
		Optional<Path> program = ChromeDriver.program();
		Assumptions.assumeTrue(program.isPresent(),
				"There is no chromedriver on the PATH: install Debian's chromium and chromium-driver, for example");
		ChromeDriver driver = ChromeDriver.start(program.orElseThrow());
		try {
			return new Browser(driver);
		}
		catch (RuntimeException ex) {
			driver.close();
			throw ex;
		}
	}

	/** Opens a page and waits until it has loaded. */
	public void open(URI page) {
		post("/url", Map.of("url", page.toString()));
	}

	/**
	 * Runs a script in the page.
	 * @param script the body of a function; it may return a promise
	 * @return what it returns, as JSON
	 */
	public JsonNode run(String script, Object... arguments) {
		return post("/execute/sync", Map.of("script", script, "args", List.of(arguments)));
	}

	/** Waits until an expression is true in the page. */
	public void awaitTrue(String expression) {
		await(expression).atMost(PATIENCE).until(() -> run("return Boolean(" + expression + ")").asBoolean());
	}

	/** Clicks on the middle of an element, as a person does. */
	public void click(String selector) {
		post("/element/" + find(selector) + "/click", Map.of());
	}

	/** The text of an element, as it is shown. */
	public String text(String selector) {
		return call("GET", path("/element/" + find(selector) + "/text"), null).asString();
	}

	/** Presses keys, one after the other, wherever the focus is. */
	public void press(String... keys) {
		List<Map<String, String>> actions = new ArrayList<>();
		for (String key : keys) {
			actions.add(Map.of("type", "keyDown", "value", key));
			actions.add(Map.of("type", "keyUp", "value", key));
		}
		post("/actions", Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
	}

	/** Makes the window as large as a screen. */
	public void resize(int width, int height) {
		devTools("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
	}

	/** Has the page see a preference, such as {@code prefers-color-scheme: dark}. */
	public void prefer(String feature, String value) {
		devTools("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", feature, "value", value))));
	}

	/** Runs a script before those of every page that is opened from now on. */
	public void runFirst(String script) {
		devTools("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
	}

	/** Sends a command of Chromium's own protocol. */
	public JsonNode devTools(String command, Map<String, Object> parameters) {
		return post("/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
	}

	/** Errors and refusals that the browser has logged since it was last asked. */
	public List<String> complaints() {
		List<String> complaints = new ArrayList<>();
		for (JsonNode entry : post("/se/log", Map.of("type", "browser"))) {
			if (entry.path("level").asString().equals("SEVERE")) {
				complaints.add(entry.path("message").asString());
			}
		}
		return complaints;
	}

	/** Writes the whole page as a PNG. */
	public void screenshot(Path file) {
		JsonNode image = devTools("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
		try {
			Files.createDirectories(file.toAbsolutePath().getParent());
			Files.write(file, Base64.getDecoder().decode(image.path("data").asString()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		try (this.driver; this.client) {
			call("DELETE", path(""), null);
		}
	}

	private String find(String selector) {
		JsonNode element = post("/element", Map.of("using", "css selector", "value", selector));
		return element.properties().iterator().next().getValue().asString();
	}

	private JsonNode post(String command, Map<String, Object> body) {
		return call("POST", path(command), body);
	}

	private String path(String command) {
		return "/session/" + this.session + command;
	}

	private JsonNode call(String method, String path, Object body) {
		HttpRequest request = HttpRequest.newBuilder(this.driver.address().resolve(path))
			.timeout(PATIENCE.multipliedBy(2))
			.method(method,
					(body != null) ? BodyPublishers.ofString(JSON.writeValueAsString(body)) : BodyPublishers.noBody())
			.build();
		try {
			HttpResponse<String> response = this.client.send(request, BodyHandlers.ofString());
			JsonNode value = JSON.readTree(response.body()).path("value");
			if (response.statusCode() != 200) {
				throw new IllegalStateException(method + " " + path + ": " + value.path("message").asString());
			}
			return value;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
