package ai.doxle.imageorigin.operation;

import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The log as JSON, for those who ask for it.
 */
@ExtendWith(OutputCaptureExtension.class)
class StructuredLogIT {

	private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

	@Test
	void writesAnObjectPerLineWithTheTraceOfTheRequest(CapturedOutput output) throws Exception {
		Properties settings = OriginSettings.open()
			.with("logging.structured.format.console", "ecs")
			.with("spring.reactor.context-propagation", "auto");
		try (FaultyS3 s3 = new FaultyS3(new byte[16]);
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings)) {
			s3.failNext(Fault.ACCESS_DENIED, Fault.INTERNAL_ERROR, Fault.INTERNAL_ERROR);
			for (int i = 0; i < 2; i++) {
				origin.get(origin.image("a.png"), "traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");
			}
		}
		List<JsonNode> lines = output.getOut().lines().map(StructuredLogIT::parse).toList();
		assertThat(lines).filteredOn((line) -> "WARN".equals(line.at("/log/level").stringValue("")))
			.hasSize(2)
			.allSatisfy((line) -> assertThat(line.path("traceId").stringValue("")).isEqualTo(TRACE));
	}

	private static JsonNode parse(String line) {
		JsonNode object = new JsonMapper().readTree(line);
		assertThat(object.isObject()).isTrue();
		return object;
	}

}
