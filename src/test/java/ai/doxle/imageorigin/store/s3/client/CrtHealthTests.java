package ai.doxle.imageorigin.store.s3.client;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CrtHealthTests {

	private final CrtHealth crt = new CrtHealth("images");

	@Test
	void readsAtFirst() {
		assertThat(this.crt.isResting()).isFalse();
		assertThat(this.crt.isBucketUnreachable()).isFalse();
	}

	@Test
	void restsAfterThreeResponsesThatOnlyNettyHas() {
		this.crt.missed();
		this.crt.missed();
		assertThat(this.crt.isResting()).isFalse();
		this.crt.missed();
		assertThat(this.crt.isResting()).isTrue();
	}

	@Test
	void readsOnIfItHasAResponseInBetween() {
		this.crt.missed();
		this.crt.missed();
		this.crt.heard();
		this.crt.missed();
		this.crt.missed();
		assertThat(this.crt.isResting()).isFalse();
	}

	@Test
	void restsAtOnceWhereNettyConnectsInItsPlace() {
		this.crt.rest("connection refused");
		assertThat(this.crt.isResting()).isTrue();
		assertThat(this.crt.isBucketUnreachable()).isFalse();
	}

	@Test
	void isNotBlamedWhereNettyCannotConnectEither() {
		this.crt.markBucketUnreachable();
		assertThat(this.crt.isBucketUnreachable()).isTrue();
		assertThat(this.crt.isResting()).isFalse();
	}

}
