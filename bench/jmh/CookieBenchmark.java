package ai.doxle.imageorigin.access.viewer;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.access.viewer.key.ViewerKey;
import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Viewers' cookies: the first time, every other time, and bad ones.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CookieBenchmark {

	private static final String BASE = "https://images.example.com";

	private static final byte[] POLICY = ("{\"Statement\":[{\"Resource\":\"" + BASE
			+ "/proxy-image/projects/123/*\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":"
			+ Instant.now().plusSeconds(7200).getEpochSecond() + "}}}]}")
		.getBytes(StandardCharsets.UTF_8);

	private final ImageKey image = new ImageKey("projects/123/blocks/456/img.jpg");

	private final ViewerKey elliptic = key("EC");

	private final ViewerKey rsa = key("RSA");

	private final byte[] ellipticSignature = sign(this.elliptic);

	private final byte[] rsaSignature = sign(this.rsa);

	private final HttpHeaders headers = headers(this.elliptic, this.ellipticSignature);

	private final ViewerKeys keys = new ViewerKeys(List.of(this.elliptic));

	private final ViewerCookies cookies = new ViewerCookies(this.keys,
			new CookieVerifier(this.keys, Clock.systemUTC(), Runnable::run, 10_000),
			new ViewerAddress(BASE, "/proxy-image"), Clock.systemUTC());

	private final SignedCookies known = SignedCookies.in(this.headers);

	private final SignedCookies unknownKey = new SignedCookies(this.known.policy(), this.known.signature(), "K9",
			"SHA256");

	public CookieBenchmark() {
		this.cookies.decide(this.known, BASE, this.image).block();
	}

	@Benchmark
	public boolean remembered() {
		return this.cookies.allowAtOnce(this.cookies.in(this.headers), BASE, this.image);
	}

	@Benchmark
	public boolean verificationP256() {
		return this.elliptic.verifies(POLICY, this.ellipticSignature);
	}

	@Benchmark
	public boolean verificationRsa() {
		return this.rsa.verifies(POLICY, this.rsaSignature);
	}

	@Benchmark
	public CookiePolicy policy() {
		return CookiePolicy.parse(POLICY);
	}

	@Benchmark
	public ViewerDecision refusedWithoutVerification() {
		return this.cookies.decide(this.unknownKey, BASE, this.image).block();
	}

	private static ViewerKey key(String algorithm) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
			if (algorithm.equals("EC")) {
				generator.initialize(new ECGenParameterSpec("secp256r1"));
			}
			else {
				generator.initialize(2048);
			}
			KeyPair pair = generator.generateKeyPair();
			return new ViewerKey("K" + algorithm, pair.getPublic(), pair.getPrivate());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static byte[] sign(ViewerKey key) {
		try {
			Signature signature = Signature.getInstance(ViewerKey.algorithm(key.publicKey()));
			signature.initSign(key.privateKey());
			signature.update(POLICY);
			return signature.sign();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static HttpHeaders headers(ViewerKey key, byte[] signature) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.COOKIE,
				"CloudFront-Policy=" + CookieCoding.encode(POLICY) + "; CloudFront-Signature="
						+ CookieCoding.encode(signature) + "; CloudFront-Key-Pair-Id=" + key.id()
						+ "; CloudFront-Hash-Algorithm=SHA256");
		return headers;
	}

}
