package ai.doxle.imageorigin.admin.events;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.EventOrder.Turn;

import static org.assertj.core.api.Assertions.assertThat;

class InstanceOrderTests {

	private final EventOrder order = new InstanceOrder();

	@Test
	void knowsLateAndRepeatedEvents() {
		assertThat(begin("02", "v2")).isEqualTo(Turn.Due.FIRST);
		assertThat(begin("01", "v1")).isEqualTo(new Turn.Late());
		assertThat(begin("02", "v2")).as("not known to be done").isEqualTo(new Turn.Due(null, true));
		this.order.end("b/a", "02").block();
		assertThat(begin("02", "v2")).isEqualTo(new Turn.Repeated());
		assertThat(begin("03", "v3")).isEqualTo(new Turn.Due("v2", false));
		assertThat(begin("03", "v3")).isEqualTo(new Turn.Due("v2", true));
		this.order.end("b/a", "02").block();
		assertThat(begin("03", "v3")).as("only its own end ends it").isEqualTo(new Turn.Due("v2", true));
		assertThat(begin("04", "v4")).as("of a later event").isEqualTo(new Turn.Due("v3", true));
		assertThat(this.order.begin("b/other", "01", "").block()).isEqualTo(Turn.Due.FIRST);
	}

	@Test
	void remembersNoVersionOfARemoval() {
		begin("01", "v1");
		begin("02", "");
		this.order.end("b/a", "02").block();
		assertThat(begin("03", "v1")).isEqualTo(Turn.Due.FIRST);
	}

	private Turn begin(String sequence, String version) {
		return this.order.begin("b/a", sequence, version).block();
	}

}
