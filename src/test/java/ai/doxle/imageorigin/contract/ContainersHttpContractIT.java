package ai.doxle.imageorigin.contract;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.Properties;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

import ai.doxle.imageorigin.harness.Containers;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The same contract with MinIO and Redis as containers, where Docker answers.
 */
@EnabledIf(value = "ai.doxle.imageorigin.harness.Containers#available", disabledReason = "Docker does not answer")
class ContainersHttpContractIT extends HttpContractIT {

	private final LocalS3 minio = Containers.minio("images");

	private final Properties region = Containers.redis();

	@Override
	LocalS3 startS3() {
		return this.minio;
	}

	@Override
	Properties startRedis() {
		return this.region;
	}

	/** Without Redis the contract would hold as well. */
	@Test
	void findsInTheRegionWhatAnotherInstanceLoaded() throws Exception {
		Iterator<String> keys = IntStream.range(0, Integer.MAX_VALUE)
			.mapToObj((number) -> SampleImages.BLOCK + "shared-" + number + ".png")
			.iterator();
		try (RunningOrigin first = openOrigin(); RunningOrigin second = openOrigin()) {
			// Redis may be too slow for one image, but not for all
			await().atMost(Duration.ofMinutes(1)).until(() -> isShared(keys.next(), first, second));
		}
	}

	private boolean isShared(String key, RunningOrigin first, RunningOrigin second) throws Exception {
		byte[] image = SampleImages.noise(100, key.hashCode());
		this.minio.put(key, "image/png", image);
		assertThat(first.get(first.image(key)).body()).isEqualTo(image);
		HttpResponse<byte[]> answer = second.get(second.image(key));
		assertThat(answer.body()).isEqualTo(image);
		return answer.headers().firstValue("Cache-Status").orElse("").startsWith("image-origin-regional; hit");
	}

	private RunningOrigin openOrigin() {
		Properties open = OriginSettings.open();
		return RunningOrigin.start(this.minio.originProperties(0), this.region, open);
	}

}
