package ai.doxle.imageorigin.fault;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An origin with the ordinary settings in a JVM with much less memory outside the heap.
 */
class ScarceMemoryIT {

	@Test
	void servesMoreThanItCanKeep() throws Exception {
		Properties settings = OriginSettings.open();
		try (LocalS3 s3 = LocalS3.start("images")) {
			Map<String, byte[]> images = images();
			images.forEach((key, image) -> s3.put(key, "image/png", image));
			try (OriginProcess origin = OriginProcess.start(List.of("-XX:MaxDirectMemorySize=24m"),
					s3.originProperties(0), settings); HttpClient client = HttpClient.newHttpClient()) {
				for (int i = 0; i < 2; i++) {
					for (Map.Entry<String, byte[]> image : images.entrySet()) {
						HttpResponse<byte[]> answer = client.send(
								HttpRequest.newBuilder(origin.image(image.getKey())).build(),
								BodyHandlers.ofByteArray());
						assertThat(answer.statusCode()).as(image.getKey()).isEqualTo(200);
						assertThat(answer.body()).isEqualTo(image.getValue());
					}
				}
			}
		}
	}

	/**
	 * Six times the 12 MB that images get in files, and once in images too small for one.
	 */
	private static Map<String, byte[]> images() {
		byte[] large = SampleImages.noise(1000, 7);
		byte[] small = SampleImages.noise(100, 7);
		Map<String, byte[]> images = new LinkedHashMap<>();
		for (int i = 0; i < 24; i++) {
			images.put("projects/123/" + i + ".png", large);
		}
		for (int i = 0; i < 450; i++) {
			images.put("projects/456/" + i + ".png", small);
		}
		return images;
	}

}
