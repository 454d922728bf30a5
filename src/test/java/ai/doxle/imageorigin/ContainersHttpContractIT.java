package ai.doxle.imageorigin;

import java.util.Properties;

import ai.doxle.imageorigin.harness.Containers;
import ai.doxle.imageorigin.harness.LocalS3;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The same contract with MinIO and Redis as containers, where Docker answers.
 */
@EnabledIf(value = "ai.doxle.imageorigin.harness.Containers#available", disabledReason = "Docker does not answer")
class ContainersHttpContractIT extends HttpContractIT {

	@Override
	LocalS3 startS3() {
		return Containers.minio("images");
	}

	@Override
	Properties startRedis() {
		return Containers.redis();
	}

}
