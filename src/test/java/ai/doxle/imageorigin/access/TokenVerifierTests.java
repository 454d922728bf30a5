package ai.doxle.imageorigin.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.access.keys.KeyRefresher;
import ai.doxle.imageorigin.access.keys.TokenKeys;

import static org.assertj.core.api.Assertions.assertThat;

class TokenVerifierTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final String ISSUER = "https://issuer.example";

	private static RSAKey rsa;

	private static RSAKey otherRsa;

	private static ECKey ec;

	private final ExecutorService executor = Executors.newFixedThreadPool(4);

	private final AtomicInteger fetches = new AtomicInteger();

	private final AtomicInteger decodings = new AtomicInteger();

	private final AtomicInteger withdrawals = new AtomicInteger();

	private final KeyRefresher refresher = new KeyRefresher();

	private volatile JWKSet keys;

	private HttpServer server;

	private TokenVerifier verifier;

	@BeforeAll
	static void generateKeys() throws JOSEException {
		rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
		otherRsa = new RSAKeyGenerator(2048).keyID("other").generate();
		ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
	}

	@BeforeEach
	void startServer() throws IOException {
		this.keys = publicKeys(rsa, ec);
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::serveKeys);
		this.server.start();
		JwtDecoder decoder = decoder();
		this.verifier = new TokenVerifier((token) -> {
			this.decodings.incrementAndGet();
			return decoder.decode(token);
		}, this.withdrawals::get, this.executor, 1000);
	}

	@AfterEach
	void stopServer() {
		this.server.stop(0);
		this.refresher.close();
		this.executor.shutdownNow();
	}

	@Nested
	class Signatures {

		@Test
		void acceptsRs256AndEs256() throws JOSEException {
			expectVerified(sign(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa), claims().build()));
			expectVerified(sign(JWSAlgorithm.ES256, "ec", new ECDSASigner(ec), claims().build()));
		}

		@Test
		void rejectsUnsignedTokens() {
			expectBadToken(new PlainJWT(claims().build()).serialize());
		}

		@Test
		void rejectsTokensSignedWithThePublicKeyAsASecret() throws JOSEException {
			JWSSigner signer = new MACSigner(rsa.toRSAPublicKey().getEncoded());
			expectBadToken(sign(JWSAlgorithm.HS256, "rsa", signer, claims().build()));
		}

		@Test
		void rejectsTokensSignedWithAnotherKey() throws JOSEException {
			expectBadToken(sign(JWSAlgorithm.RS256, "rsa", new RSASSASigner(otherRsa), claims().build()));
		}

		@Test
		void rejectsChangedTokens() throws JOSEException {
			String token = rs256(claims());
			String other = rs256(claims().subject("somebody"));
			String forged = other.substring(0, other.lastIndexOf('.')) + token.substring(token.lastIndexOf('.'));
			expectBadToken(forged);
		}

		@ParameterizedTest
		@ValueSource(strings = { "", "a", "a.b", "a.b.c", "..", "e30.e30.e30", "\u00E9" })
		void rejectsWhatIsNoToken(String token) {
			expectBadToken(token);
		}

		@Test
		void rejectsUnknownKeys() throws JOSEException {
			expectVerified(rs256(claims()));
			expectBadToken(sign(JWSAlgorithm.RS256, "other", new RSASSASigner(otherRsa), claims().build()));
		}

	}

	@Nested
	class Claims {

		@Test
		void toleratesClocks60SecondsApart() throws JOSEException {
			expectVerified(rs256(claims().expirationTime(inSeconds(-30))));
			expectVerified(rs256(claims().notBeforeTime(inSeconds(30))));
			expectBadToken(rs256(claims().expirationTime(inSeconds(-90))));
			expectBadToken(rs256(claims().notBeforeTime(inSeconds(90))));
		}

		@Test
		void rejectsOtherIssuers() throws JOSEException {
			expectBadToken(rs256(claims().issuer("https://other.example")));
			expectBadToken(rs256(claims().issuer(null)));
		}

		@Test
		void rejectsOtherAudiences() throws JOSEException {
			expectBadToken(rs256(claims().audience("other")));
			expectBadToken(rs256(claims().audience((String) null)));
			expectVerified(rs256(claims().audience(List.of("other", "images"))));
		}

	}

	@Nested
	class Types {

		/** RFC 9068 section 4, RFC 7515 section 4.1.9. */
		@ParameterizedTest
		@ValueSource(strings = { "JWT", "jwt", "application/jwt", "Application/JWT", "at+jwt", "AT+JWT",
				"application/at+jwt", "APPLICATION/AT+JWT" })
		void acceptsTypesOfTokens(String type) throws JOSEException {
			expectVerified(typed(type));
		}

		@ParameterizedTest
		@ValueSource(strings = { "JOSE", "dpop+jwt", "application/dpop+jwt", "text/jwt", "logout+jwt", "application/" })
		void rejectsOtherTypes(String type) throws JOSEException {
			expectBadToken(typed(type));
		}

	}

	@Nested
	class RememberedTokens {

		@Test
		void decodesOneTokenOnceHoweverManyWait() throws JOSEException {
			String token = rs256(claims());
			CountDownLatch allWait = new CountDownLatch(1);
			JwtDecoder decoder = decoder();
			TokenVerifier slow = new TokenVerifier((text) -> {
				decodings.incrementAndGet();
				await(allWait);
				return decoder.decode(text);
			}, withdrawals::get, executor, 1000);
			StepVerifier.create(Flux.range(0, 200).flatMap((index) -> slow.verify(token), 200))
				.then(allWait::countDown)
				.expectNextCount(200)
				.expectComplete()
				.verify(TIMEOUT);
			StepVerifier.create(slow.verify(token)).expectNextCount(1).expectComplete().verify(TIMEOUT);
			assertThat(decodings).hasValue(1);
		}

		@Test
		void doesNotRememberRefusals() throws JOSEException {
			String token = rs256(claims().issuer("https://other.example"));
			expectBadToken(token);
			// the refusal is forgotten just after it has been told
			Awaitility.await().untilAsserted(() -> {
				expectBadToken(token);
				assertThat(decodings.get()).isGreaterThan(1);
			});
		}

		/** Its key may have been withdrawn since. */
		@Test
		void verifiesATokenAgainAfterAWhile() throws JOSEException {
			AtomicLong nanos = new AtomicLong();
			TokenVerifier verifier = new TokenVerifier(decoder(), () -> 0, Runnable::run, 1000, nanos::get);
			String token = rs256(claims().expirationTime(inSeconds(86_400)));
			StepVerifier.create(verifier.verify(token)).expectNextCount(1).expectComplete().verify(TIMEOUT);
			nanos.addAndGet(TokenVerifier.REMEMBERED.toNanos() - 1);
			assertThat(verifier.recall(token)).isNotNull();
			nanos.addAndGet(1);
			assertThat(verifier.recall(token)).isNull();
		}

		@Test
		void forgetsTokensWhenAKeyIsFoundWithdrawn() throws JOSEException {
			String token = rs256(claims());
			expectVerified(token);
			keys = publicKeys(otherRsa, ec);
			expectVerified(sign(JWSAlgorithm.RS256, "other", new RSASSASigner(otherRsa), claims().build()));
			assertThat(verifier.recall(token)).isNull();
			expectBadToken(token);
		}

		@Test
		void remembersTokensWhenAKeyIsAdded() throws JOSEException {
			String token = rs256(claims());
			expectVerified(token);
			keys = publicKeys(rsa, ec, otherRsa);
			expectVerified(sign(JWSAlgorithm.RS256, "other", new RSASSASigner(otherRsa), claims().build()));
			assertThat(verifier.recall(token)).isNotNull();
		}

	}

	@Nested
	class Keys {

		@Test
		void verifiesWhileTheKeyServerIsGone() throws JOSEException {
			expectVerified(rs256(claims()));
			server.stop(0);
			expectVerified(rs256(claims()));
			assertThat(fetches).hasValue(1);
		}

		@Test
		void picksUpNewKeys() throws JOSEException {
			expectVerified(rs256(claims()));
			keys = publicKeys(otherRsa, ec);
			expectVerified(sign(JWSAlgorithm.RS256, "other", new RSASSASigner(otherRsa), claims().build()));
			expectBadToken(rs256(claims()));
		}

		@Test
		void boundsHowLongAWithdrawnKeyIsTrusted() {
			assertThat(TokenKeys.FRESH.plus(TokenVerifier.REMEMBERED)).isLessThanOrEqualTo(Duration.ofMinutes(5));
		}

		@Test
		void fetchesKeysAHandfulOfTimesInAFloodOfUnknownKeys() throws JOSEException {
			expectVerified(rs256(claims()));
			JWSSigner signer = new RSASSASigner(otherRsa);
			for (int i = 0; i < 50; i++) {
				expectBadToken(sign(JWSAlgorithm.RS256, "unknown-" + i, signer, claims().build()));
			}
			assertThat(fetches.get()).isLessThanOrEqualTo(4);
			expectVerified(rs256(claims()));
		}

		@Test
		void cannotVerifyWithoutTheKeyServer() throws JOSEException {
			server.stop(0);
			expectUnverifiable(rs256(claims()));
		}

		@Test
		void cannotVerifyWithoutTheKeyServerHoweverOftenAsked() throws JOSEException {
			server.stop(0);
			for (int i = 0; i < 5; i++) {
				expectUnverifiable(rs256(claims()));
			}
		}

	}

	private void expectVerified(String token) {
		StepVerifier.create(this.verifier.verify(token).map(Jwt::getTokenValue))
			.expectNext(token)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private void expectBadToken(String token) {
		StepVerifier.create(this.verifier.verify(token)).expectError(AccessFailure.BadToken.class).verify(TIMEOUT);
	}

	private void expectUnverifiable(String token) {
		StepVerifier.create(this.verifier.verify(token)).expectError(AccessFailure.Unverifiable.class).verify(TIMEOUT);
	}

	private JwtDecoder decoder() {
		OAuth2ResourceServerProperties.Jwt properties = new OAuth2ResourceServerProperties().getJwt();
		properties.setJwkSetUri("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
				+ this.server.getAddress().getPort() + "/keys");
		properties.setIssuerUri(ISSUER);
		properties.setAudiences(List.of("images"));
		return TokenDecoders.of(properties, List.of(), this.withdrawals, this.refresher);
	}

	private void serveKeys(HttpExchange exchange) throws IOException {
		this.fetches.incrementAndGet();
		byte[] body = this.keys.toString().getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	private static String rs256(JWTClaimsSet.Builder claims) throws JOSEException {
		return sign(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa), claims.build());
	}

	private static String sign(JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet claims)
			throws JOSEException {
		SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
		token.sign(signer);
		return token.serialize();
	}

	private static String typed(String type) throws JOSEException {
		SignedJWT token = new SignedJWT(
				new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa").type(new JOSEObjectType(type)).build(),
				claims().build());
		token.sign(new RSASSASigner(rsa));
		return token.serialize();
	}

	private static JWTClaimsSet.Builder claims() {
		return new JWTClaimsSet.Builder().jwtID(UUID.randomUUID().toString())
			.issuer(ISSUER)
			.audience("images")
			.expirationTime(inSeconds(600));
	}

	private static Date inSeconds(int seconds) {
		return Date.from(Instant.now().plusSeconds(seconds));
	}

	private static JWKSet publicKeys(JWK... keys) {
		return new JWKSet(List.of(keys)).toPublicJWKSet();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
