package ai.doxle.imageorigin.harness.viewer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Hands what happens in the bucket to the origin's webhook, once the origin has started.
 */
final class BucketEvents implements Consumer<String>, AutoCloseable {

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final String secret = UUID.randomUUID().toString();

	private volatile @Nullable URI webhook;

	/** The properties that have the origin take them. */
	Properties originProperties() {
		Properties properties = new Properties();
		properties.setProperty("image-origin.events.secrets", this.secret);
		return properties;
	}

	/**
	 * Reports what happens from now on.
	 * @param management the origin's management port
	 */
	void reportTo(URI management) {
		this.webhook = management.resolve("/actuator/images/events");
	}

	@Override
	public void accept(String notification) {
		URI target = this.webhook;
		if (target != null) {
			send(target, notification);
		}
	}

	private void send(URI target, String notification) {
		HttpRequest request = HttpRequest.newBuilder(target)
			.header("Content-Type", "application/json")
			.header("Authorization", "Bearer " + this.secret)
			.POST(BodyPublishers.ofString(notification))
			.build();
		try {
			int status = this.client.send(request, BodyHandlers.discarding()).statusCode();
			if (status != 204) {
				throw new IllegalStateException("The webhook responds with " + status);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.webhook = null;
		this.client.shutdownNow();
	}

}
