package ai.doxle.imageorigin.admin.events;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.EventOrder.Turn;

import static org.assertj.core.api.Assertions.assertThat;

class InstanceOrderTests {

	private final EventOrder order = new InstanceOrder();

	@Test
	void knowsLateAndRepeatedEvents() {
		assertThat(begin("02", "v2")).isEqualTo(new Turn.Due(null));
		assertThat(begin("01", "v1")).isEqualTo(new Turn.Late());
		assertThat(begin("02", "v2")).as("not known to be done").isEqualTo(new Turn.Due(null));
		this.order.end("b/a", "02").block();
		assertThat(begin("02", "v2")).isEqualTo(new Turn.Repeated());
		assertThat(begin("03", "v3")).isEqualTo(new Turn.Due("v2"));
		assertThat(begin("03", "v3")).isEqualTo(new Turn.Due("v2"));
		this.order.end("b/a", "02").block();
		assertThat(begin("03", "v3")).as("only its own end ends it").isEqualTo(new Turn.Due("v2"));
		assertThat(this.order.begin("b/other", "01", "").block()).isEqualTo(new Turn.Due(null));
	}

	@Test
	void remembersNoVersionOfARemoval() {
		begin("01", "v1");
		begin("02", "");
		assertThat(begin("03", "v1")).isEqualTo(new Turn.Due(null));
	}

	private Turn begin(String sequence, String version) {
		return this.order.begin("b/a", sequence, version).block();
	}

}
