package ai.doxle.imageorigin.access.viewer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.access.viewer.key.ViewerKey;
import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;
import ai.doxle.imageorigin.access.viewer.key.ViewerProperties;
import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static org.assertj.core.api.Assertions.assertThat;

class CookieVerifierTests {

	private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");

	private static final String RESOURCE = "https://a/*";

	private static final ViewerKeyPair pair = ViewerKeyPair.p256();

	private static final ViewerKeyPair rsa = ViewerKeyPair.rsa("K2RSA", 2048);

	private final ViewerKeys keys = ViewerKeys.read(List.of(new ViewerProperties.Key(pair.id(), location(pair), null),
			new ViewerProperties.Key(rsa.id(), location(rsa), null)));

	private final CookieVerifier verifier = verifier(this.keys, NOW, Runnable::run);

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void takesBothKindsOfKeys(boolean elliptic) {
		String policy = ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5));
		assertThat(policy(this.verifier, set((elliptic ? pair : rsa).cookies(policy))).resource().text())
			.isEqualTo(RESOURCE);
	}

	@Test
	void verifiesASetOnce() {
		SignedCookies set = set(pair.cookies(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5))));
		assertThat(this.verifier.recall(set)).isNull();
		CookiePolicy policy = policy(this.verifier, set);
		assertThat(policy(this.verifier, set)).isSameAs(policy);
		assertThat(this.verifier.recall(set)).isSameAs(policy);
		assertThat(this.verifier.valid()).isEqualTo(1);
	}

	@Test
	void remembersABadSignatureForAWhile() {
		SignedCookies set = set(
				ViewerKeyPair.p256(pair.id()).cookies(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5))));
		refuses(this.verifier, set, "signature is bad");
		refuses(this.verifier, set, "signature is bad");
		assertThat(this.verifier.recall(set)).isNull();
		assertThat(this.verifier.forged()).isEqualTo(1);
	}

	@Test
	void sharesOneVerificationAmongSimultaneousRequests() {
		Queue<Runnable> tasks = new ArrayDeque<>();
		CookieVerifier slow = verifier(this.keys, NOW, tasks::add);
		SignedCookies set = set(pair.cookies(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5))));
		List<CookiePolicy> policies = new CopyOnWriteArrayList<>();
		for (int i = 0; i < 20; i++) {
			slow.verify(set).subscribe(policies::add);
		}
		assertThat(tasks).hasSize(1);
		tasks.remove().run();
		assertThat(policies).hasSize(20);
	}

	@Test
	void refusesMoreThanCanBeVerified() {
		CookieVerifier full = verifier(this.keys, NOW, (task) -> {
			throw new RejectedExecutionException();
		});
		SignedCookies set = set(pair.cookies(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5))));
		StepVerifier.create(full.verify(set)).verifyError(RejectedExecutionException.class);
		assertThat(full.rejected()).isEqualTo(1);
		refuses(full, new SignedCookies("x", "y", "z", "SHA256"), "unknown");
	}

	@Test
	void verifiesNothingThatIsRefusedAnyway() {
		CookieVerifier idle = verifier(this.keys, NOW, (task) -> {
			throw new AssertionError("verified");
		});
		String policy = ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5));
		SignedCookies good = set(pair.cookies(policy));
		refuses(idle, set(pair.cookies(ViewerKeyPair.policy(RESOURCE, NOW))), "expired");
		refuses(idle,
				set(pair.cookies(policy.replace("}}}]",
						"},\"DateGreaterThan\":{\"AWS:EpochTime\":" + NOW.plusSeconds(3).getEpochSecond() + "}}}]"))),
				"not valid yet");
		refuses(idle, set(pair.cookies("{}")), "policy");
		refuses(idle, new SignedCookies(null, good.signature(), pair.id(), "SHA256"), "missing");
		refuses(idle, new SignedCookies(good.policy(), null, pair.id(), "SHA256"), "missing");
		refuses(idle, new SignedCookies(good.policy(), good.signature(), null, "SHA256"), "missing");
		refuses(idle, new SignedCookies(good.policy(), good.signature(), pair.id(), null), "SHA256");
		refuses(idle, new SignedCookies(good.policy(), good.signature(), pair.id(), "SHA1"), "SHA256");
		refuses(idle, new SignedCookies(good.policy(), good.signature(), pair.id(), "sha256"), "SHA256");
		refuses(idle, new SignedCookies(good.policy(), good.signature(), "K9", "SHA256"), "unknown");
		refuses(idle, new SignedCookies("!", good.signature(), pair.id(), "SHA256"), "base64");
		refuses(idle, new SignedCookies(good.policy(), "!", pair.id(), "SHA256"), "base64");
		refuses(idle, new SignedCookies("A".repeat(8192), good.signature(), pair.id(), "SHA256"), "too long");
		refuses(idle, new SignedCookies(good.policy(), "A".repeat(8192), pair.id(), "SHA256"), "too long");
	}

	@ParameterizedTest
	@CsvSource({ "trailing", "cut", "flipped", "empty", "zeros", "raw" })
	void refusesOtherSignatures(String how) {
		byte[] policy = ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5)).getBytes(StandardCharsets.UTF_8);
		byte[] signature = pair.sign(policy);
		byte[] other = switch (how) {
			case "trailing" -> Arrays.copyOf(signature, signature.length + 1);
			case "cut" -> Arrays.copyOf(signature, signature.length - 1);
			case "flipped" -> flipped(signature);
			case "empty" -> new byte[0];
			case "zeros" -> new byte[] { 0x30, 6, 2, 1, 0, 2, 1, 0 };
			default -> new byte[64];
		};
		refuses(this.verifier,
				new SignedCookies(ViewerKeyPair.encode(policy), ViewerKeyPair.encode(other), pair.id(), "SHA256"),
				"signature is bad");
	}

	@Test
	void refusesASignatureOfAnotherPolicyKeyOrHash() throws Exception {
		String policy = ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5));
		SignedCookies set = set(pair.cookies(policy));
		SignedCookies wider = set(pair.cookies(ViewerKeyPair.policy("*", NOW.plusSeconds(5))));
		refuses(this.verifier, new SignedCookies(wider.policy(), set.signature(), pair.id(), "SHA256"), "bad");
		refuses(this.verifier, new SignedCookies(set.policy(), set.signature(), rsa.id(), "SHA256"), "bad");
		Signature sha1 = Signature.getInstance("SHA1withRSA");
		sha1.initSign(ViewerKeys.read(List.of(new ViewerProperties.Key(rsa.id(), location(rsa), null)))
			.signing()
			.orElseThrow()
			.privateKey());
		sha1.update(policy.getBytes(StandardCharsets.UTF_8));
		refuses(this.verifier, new SignedCookies(set.policy(), ViewerKeyPair.encode(sha1.sign()), rsa.id(), "SHA256"),
				"bad");
	}

	@Test
	void refusesARetiredKey() {
		ViewerKeys after = ViewerKeys.read(List.of(new ViewerProperties.Key(rsa.id(), location(rsa), null)));
		refuses(verifier(after, NOW, Runnable::run),
				set(pair.cookies(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(5)))), "unknown");
	}

	/** Remembers no more than it may, however many there are. */
	@Test
	void keepsAFloodInBounds() {
		CookieVerifier small = new CookieVerifier(this.keys, Clock.fixed(NOW, ZoneOffset.UTC), Runnable::run, 50);
		String policy = ViewerKeyPair
			.encode(ViewerKeyPair.policy(RESOURCE, NOW.plusSeconds(500)).getBytes(StandardCharsets.UTF_8));
		for (int i = 0; i < 2_000; i++) {
			SignedCookies bad = new SignedCookies(policy,
					ViewerKeyPair.encode(new byte[] { (byte) i, (byte) (i >> 8) }), rsa.id(), "SHA256");
			refuses(small, bad, "signature is bad");
		}
		assertThat(small.remembered()).isLessThanOrEqualTo(50);
	}

	/**
	 * Vectors of AWS: keys, policies and signatures of
	 * tests/functional/cloudfront/testdata in github.com/aws/aws-cli (cases
	 * custom-policy-url-with-wildcard-sha256, custom-policy-url-with-active-date-sha256,
	 * custom-policy-cookies-sha256), whose key of 1,024 bits no origin would start with.
	 */
	@Nested
	class VectorsOfAws {

		private static final String RSA = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC9V3AbaAks3cqqpghX4dF3i4rgrZROm11G7HAG5ewF"
				+ "CEs20DSs4DtRcEQQzHXX2MjkP9pwz8y4YACthCr/nRIuP2BHS4NnGzmsY34Up+snMDPgudNi7PwrcRyAnKrOHELOwU5RX5N9"
				+ "oMuzqpC0207bSBjFmrAQEBy4WyWbLQ6drwIDAQAB";

		private static final String WILDCARD = "{\"Statement\":[{\"Resource\":\"https://d111111abcdef8.cloudfront.net/"
				+ "images/*\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1767290400}}}]}";

		private static final String WILDCARD_SIGNATURE = "FoaoRDqA7H91xD8CL2zk2Ztm6WVx3kIunCdqvzwMCUdsduwVWEH8elbBZc2qqWy3Z"
				+ "ixDBBEHegeJnZbgp~nHTsYtr~jv6R-8~BnmmvH3KNyjH7wgyKKtzKpteNXYacWgHYabkoreyHC4ek~JMjGo1o0gTiIeL8YCV3"
				+ "ueKK3Lqtk_";

		private static final String WILDCARD_SHA1 = "nP~GtuBVUSEUDMXW1ZTGTx~BUQfjl7FsWBQBKwnTNhHlBAeYlzdbMGMphViPQbjawdYt1Z~"
				+ "iBHDr0ctooQyhEdsXwZPQKmRJQm3yIxmbvnuCzB2qdMDVGRKH8l3PnfAJErrgUVIzb6m3KUdtIDvSkLV~Mb0tyQJwZ6QE4Bdl"
				+ "EmQ_";

		private static final String ACTIVE = "{\"Statement\":[{\"Resource\":\"https://d111111abcdef8.cloudfront.net/"
				+ "video.mp4\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1767290400},\"DateGreaterThan\":"
				+ "{\"AWS:EpochTime\":1767200000}}}]}";

		private static final String ACTIVE_SIGNATURE = "RKoXpBb3IFyONXBnGGPj6021LmYyaphTYom0DsDID20xlCaK8gvNpcbYw493LloPhtD"
				+ "dGTdyadyuR59ok8eSPpJReRGbHbw8FDjGSXE9JWsVayzI7t7ZPGfPtKgK~ij0AekXDNQNFNUdwuSE0aR5nQmuPhw7CfDHCMpT"
				+ "WmoKPgE_";

		private static final String COOKIE_POLICY = "eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9kMTExMTExYWJjZGVmOC5jbG9"
				+ "1ZGZyb250Lm5ldC8qIiwiQ29uZGl0aW9uIjp7IkRhdGVMZXNzVGhhbiI6eyJBV1M6RXBvY2hUaW1lIjoxNzY3MjkwNDAwfSwi"
				+ "SXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjEwLjAuMC4wLzgifX19XX0_";

		private static final String COOKIE_SIGNATURE = "OzeonPh-NS8g3trdsFAo5LrMBEx1ef05GvdmWuLai6AaBLP63PVJRUGySYmGfQ-NqQ0"
				+ "2geWzo7aZS7XFtkr4X1z9VTbQMfmzZftbuRXoP5ZDhFzVnSX3DeoEW8jP3BrOLHJsKwFCY5alIR4zO6LpqFmR5vVmqMYpRcba"
				+ "fg3~X18_";

		private static final Instant VALID = Instant.ofEpochSecond(1767250000);

		private final ViewerKey awsKey = new ViewerKey("K1TESTKEY", key(RSA), null);

		private final CookieVerifier then = verifier(new ViewerKeys(List.of(this.awsKey)), VALID, Runnable::run);

		@Test
		void acceptsAPolicyWithAWildcard() {
			CookiePolicy policy = policy(this.then, aws(WILDCARD, WILDCARD_SIGNATURE));
			assertThat(policy.resource().matches("https://d111111abcdef8.cloudfront.net/images/photo1.jpg")).isTrue();
			assertThat(policy.resource().matches("https://d111111abcdef8.cloudfront.net/other/photo1.jpg")).isFalse();
			assertThat(policy.expires()).isEqualTo(Instant.ofEpochSecond(1767290400));
		}

		@Test
		void acceptsAPolicyWithABeginning() {
			assertThat(policy(this.then, aws(ACTIVE, ACTIVE_SIGNATURE)).starts())
				.isEqualTo(Instant.ofEpochSecond(1767200000));
			CookieVerifier before = verifier(new ViewerKeys(List.of(this.awsKey)), Instant.ofEpochSecond(1767200000),
					Runnable::run);
			refuses(before, aws(ACTIVE, ACTIVE_SIGNATURE), "not valid yet");
		}

		/** The signature is good, but the viewer's address is not known here. */
		@Test
		void refusesAPolicyWithAnAddress() {
			byte[] signed = CookieCoding.decode(COOKIE_POLICY);
			assertThat(CookieCoding.encode(signed)).isEqualTo(COOKIE_POLICY);
			assertThat(this.awsKey.verifies(signed, CookieCoding.decode(COOKIE_SIGNATURE))).isTrue();
			refuses(this.then, new SignedCookies(COOKIE_POLICY, COOKIE_SIGNATURE, "K1TESTKEY", "SHA256"),
					"conditions that are not supported");
		}

		@Test
		void refusesSha1() {
			refuses(this.then, aws(WILDCARD, WILDCARD_SHA1), "signature is bad");
		}

		@Test
		void refusesASignatureOfAnotherVector() {
			refuses(this.then, aws(WILDCARD, ACTIVE_SIGNATURE), "signature is bad");
		}

		private static SignedCookies aws(String policy, String signature) {
			return new SignedCookies(ViewerKeyPair.encode(policy.getBytes(StandardCharsets.UTF_8)), signature,
					"K1TESTKEY", "SHA256");
		}

		private static PublicKey key(String base64) {
			try {
				return KeyFactory.getInstance("RSA")
					.generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	private static CookieVerifier verifier(ViewerKeys keys, Instant now, Executor executor) {
		return new CookieVerifier(keys, Clock.fixed(now, ZoneOffset.UTC), executor, 1_000);
	}

	private static CookiePolicy policy(CookieVerifier verifier, SignedCookies set) {
		CookiePolicy[] found = new CookiePolicy[1];
		Mono<CookiePolicy> policy = verifier.verify(set);
		StepVerifier.create(policy)
			.consumeNextWith((next) -> found[0] = next)
			.expectComplete()
			.verify(Duration.ofSeconds(9));
		return found[0];
	}

	private static void refuses(CookieVerifier verifier, SignedCookies set, String reason) {
		StepVerifier.create(verifier.verify(set))
			.expectErrorSatisfies((refusal) -> assertThat(refusal).isInstanceOf(InvalidCookiesException.class)
				.hasMessageContaining(reason))
			.verify(Duration.ofSeconds(9));
	}

	private static SignedCookies set(String header) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.COOKIE, header);
		SignedCookies set = SignedCookies.in(headers);
		assertThat(set).isNotNull();
		return set;
	}

	private static byte[] flipped(byte[] bytes) {
		byte[] other = bytes.clone();
		other[other.length - 1] ^= 1;
		return other;
	}

	private static String location(ViewerKeyPair pair) {
		return "base64:" + Base64.getEncoder().encodeToString(pair.privatePem().getBytes(StandardCharsets.US_ASCII));
	}

}
