package ai.doxle.imageorigin.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.EdECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.access.keys.Ed25519Verifier;
import ai.doxle.imageorigin.access.keys.KeyRefresher;
import ai.doxle.imageorigin.access.keys.Signatures;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Keys as issuers publish them, odd ones among them, over real HTTP.
 */
@ExtendWith(OutputCaptureExtension.class)
class PublishedKeysTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static RSAKey rsa;

	private static RSAKey second;

	private static ECKey ec;

	private static KeyPair edwards;

	private final AtomicInteger withdrawals = new AtomicInteger();

	private final KeyRefresher refresher = new KeyRefresher();

	private HttpServer server;

	private volatile String keys = "";

	/** Where keys can be said to be. */
	enum Source {

		JWK_SET, ISSUER

	}

	@BeforeAll
	static void generateKeys() throws JOSEException, NoSuchAlgorithmException {
		rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
		second = new RSAKeyGenerator(2048).keyID("second").generate();
		ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
		edwards = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
	}

	@BeforeEach
	void startServer() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/keys", (exchange) -> answer(exchange, this.keys));
		this.server.createContext("/.well-known/openid-configuration", (exchange) -> answer(exchange,
				"{\"issuer\": \"" + issuer() + "\", \"jwks_uri\": \"" + issuer() + "/keys\"}"));
		this.server.start();
	}

	@AfterEach
	void stopServer() {
		this.server.stop(0);
		this.refresher.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{"kty":"EC","kid":"odd","crv":"P-999","x":"AA","y":"AA"}                   | P-999
					{"kty":"EC","kid":"odd","crv":"P-256","x":"AA","y":"AA"}                   | not on the P-256 curve
					{"kty":"EC","kid":"odd","crv":"P-256","x":"AA"}                            | null
					{"kty":"AKP","kid":"odd","alg":"ML-DSA-44","pub":"AA"}                     | AKP
					{"kty":"RSA","kid":"odd","e":"AQAB"}                                       | null
					{"kty":"RSA","kid":"odd","n":"","e":"AQAB"}                                | 512 bits
					{"kty":"RSA","kid":"odd","n":5,"e":"AQAB"}                                 | member n
					{"kty":"RSA","kid":"odd","n":"AQAB","e":"AQAB","x5c":["nonsense"]}         | x5c
					{"kty":"RSA","kid":"odd","n":"AQAB","e":"AQAB","x5c":"nonsense"}           | x5c
					{"kty":"RSA","kid":"odd","n":"AQAB","e":"AQAB","key_ops":["fly"]}          | operation
					{"kty":"OKP","kid":"odd","crv":"X25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"} | signatures
					{"kty":"OKP","kid":"odd","crv":"Ed25519","x":"AA"}                         | 32 bytes
					{"kty":"OKP","kid":"odd","crv":"Ed25519","x":"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} | not an Ed25519 key
					{"kty":"oct","kid":"odd","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} | secret
					{"kty":5,"kid":"odd"}                                                      | kty
					{"kid":"odd"}                                                              | kty
					{}                                                                         | kty
					null                                                                       | JSON object
					"text"                                                                     | JSON object
					[]                                                                         | JSON object
					17                                                                         | JSON object
					""")
	void ignoresAnOddKeyAndSaysSoOnce(String odd, String reason, CapturedOutput output) throws JOSEException {
		for (Source source : Source.values()) {
			TokenVerifier verifier = verifier(source);
			this.keys = set(odd, publicKey(rsa));
			expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
			// an unknown key id has them fetched again
			this.keys = set(odd, publicKey(rsa), publicKey(second), odd);
			expectVerified(verifier, signed(JWSAlgorithm.RS256, "second", new RSASSASigner(second)));
		}
		List<String> lines = output.toString().lines().filter((line) -> line.contains("Ignoring")).toList();
		assertThat(lines).hasSize(Source.values().length).allMatch((line) -> line.contains(reason));
		assertThat(lines).allMatch((line) -> !odd.contains("odd\"") || line.contains("key odd ("));
	}

	@Test
	void usesKeysOfEveryKind(CapturedOutput output) throws JOSEException {
		this.keys = set(publicKey(rsa), publicKey(ec), ed25519().toJSONString());
		TokenVerifier verifier = verifier(Source.JWK_SET);
		for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.RS512, JWSAlgorithm.PS256)) {
			expectVerified(verifier, signed(algorithm, "rsa", new RSASSASigner(rsa)));
		}
		expectVerified(verifier, signed(JWSAlgorithm.ES256, "ec", new ECDSASigner(ec)));
		expectVerified(verifier, signed(JWSAlgorithm.EdDSA, "edwards", new Ed25519Signer(edwards.getPrivate())));
		expectVerified(verifier, signed(JWSAlgorithm.Ed25519, "edwards", new Ed25519Signer(edwards.getPrivate())));
		assertThat(output).doesNotContain("Ignoring");
	}

	@Test
	void refusesEd25519SignaturesOfOthers() throws JOSEException, NoSuchAlgorithmException {
		this.keys = set(ed25519().toJSONString());
		KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
		TokenVerifier verifier = verifier(Source.JWK_SET);
		String token = signed(JWSAlgorithm.EdDSA, "edwards", new Ed25519Signer(edwards.getPrivate()));
		expectVerified(verifier, token);
		expectBadToken(verifier, signed(JWSAlgorithm.EdDSA, "edwards", new Ed25519Signer(other.getPrivate())));
		expectBadToken(verifier, token.substring(0, token.lastIndexOf('.') + 1));
		expectBadToken(verifier, token.substring(0, token.lastIndexOf('.')) + ".AAAA");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"key_ops\": [\"encrypt\"]", "\"alg\": \"RSA-OAEP-256\"", "\"alg\": \"ES256\"" })
	void verifiesNothingWithKeysForOtherPurposes(String purpose) throws JOSEException {
		this.keys = set(publicKey(second).replaceFirst("\\{", "{" + purpose + ", "), publicKey(rsa));
		TokenVerifier verifier = verifier(Source.JWK_SET);
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
		expectBadToken(verifier, signed(JWSAlgorithm.RS256, "second", new RSASSASigner(second)));
	}

	@Test
	void leavesKeysForEncryptionAlone(CapturedOutput output) throws JOSEException {
		RSAKey encryption = new RSAKey.Builder(second.toRSAPublicKey()).keyID("second")
			.keyUse(KeyUse.ENCRYPTION)
			.build();
		this.keys = set(encryption.toJSONString(), publicKey(rsa));
		TokenVerifier verifier = verifier(Source.JWK_SET);
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
		expectBadToken(verifier, signed(JWSAlgorithm.RS256, "second", new RSASSASigner(second)));
		assertThat(output).doesNotContain("Ignoring");
	}

	@Test
	void verifiesNothingWithSecretsThatArePublished() throws JOSEException {
		OctetSequenceKey secret = new OctetSequenceKeyGenerator(256).keyID("secret").generate();
		this.keys = set(secret.toJSONString(), second.toJSONString(), publicKey(rsa));
		TokenVerifier verifier = verifier(Source.JWK_SET);
		expectBadToken(verifier, signed(JWSAlgorithm.HS256, "secret", new MACSigner(secret)));
		expectBadToken(verifier, signed(JWSAlgorithm.RS256, "second", new RSASSASigner(second)));
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
	}

	@Test
	void triesAllKeysOfOneName() throws JOSEException {
		RSAKey namesake = new RSAKey.Builder(second.toRSAPublicKey()).keyID("rsa").build();
		this.keys = set(namesake.toJSONString(), publicKey(rsa), publicKey(rsa));
		TokenVerifier verifier = verifier(Source.JWK_SET);
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(second)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "nonsense", "[]", "{}", "{\"keys\": null}", "{\"keys\": {}}", "{\"keys\": []}",
			"{\"keys\": [null]}", "{\"keys\": [{\"kty\": \"XX\", \"kid\": \"rsa\"}]}" })
	void cannotVerifyWithASetWithoutUsableKeys(String set, CapturedOutput output) throws JOSEException {
		String token = signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa));
		for (Source source : Source.values()) {
			this.keys = set;
			TokenVerifier verifier = verifier(source);
			expectUnverifiable(verifier, token);
			expectUnverifiable(verifier, token);
		}
		assertThat(output.toString().lines().filter((line) -> line.contains("no token can be verified")).count())
			.isEqualTo(Source.values().length);
	}

	@ParameterizedTest
	@EnumSource
	void keepsItsKeysWhileTheSetIsBroken(Source source, CapturedOutput output) throws JOSEException {
		this.keys = set(publicKey(rsa));
		TokenVerifier verifier = verifier(source);
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
		this.keys = "{\"keys\": []}";
		expectBadToken(verifier, signed(JWSAlgorithm.RS256, "second", new RSASSASigner(second)));
		expectVerified(verifier, signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa)));
		assertThat(this.withdrawals).hasValue(0);
		assertThat(output).contains("those known before stay in use");
	}

	/** RFC 8037 appendix A.4. */
	@Test
	void verifiesTheStandardsExample() throws Exception {
		OctetKeyPair key = new OctetKeyPair.Builder(Curve.Ed25519,
				new Base64URL("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
			.build();
		byte[] signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".getBytes(StandardCharsets.US_ASCII);
		Base64URL signature = new Base64URL(
				"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B" + "hVsPt9g7sVvpAr_MuM0KAg");
		Ed25519Verifier verifier = new Ed25519Verifier(Signatures.publicKey(key));
		assertThat(verifier.verify(new JWSHeader(JWSAlgorithm.EdDSA), signed, signature)).isTrue();
		signed[5]++;
		assertThat(verifier.verify(new JWSHeader(JWSAlgorithm.EdDSA), signed, signature)).isFalse();
		assertThat(
				verifier.verify(JWSHeader.parse("{\"alg\":\"EdDSA\",\"crit\":[\"exp\"],\"exp\":1}"), signed, signature))
			.isFalse();
	}

	private TokenVerifier verifier(Source source) {
		OAuth2ResourceServerProperties.Jwt properties = new OAuth2ResourceServerProperties().getJwt();
		properties.setIssuerUri(issuer());
		if (source == Source.JWK_SET) {
			properties.setJwkSetUri(issuer() + "/keys");
		}
		return new TokenVerifier(TokenDecoders.of(properties, List.of(), this.withdrawals, this.refresher),
				this.withdrawals::get, Runnable::run, 10);
	}

	private String issuer() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort();
	}

	private static void answer(HttpExchange exchange, String text) throws IOException {
		byte[] body = text.getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(200, (body.length > 0) ? body.length : -1);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	private static String set(String... keys) {
		return "{\"keys\": [" + String.join(", ", keys) + "]}";
	}

	private static String publicKey(RSAKey key) {
		return key.toPublicJWK().toJSONString();
	}

	private static String publicKey(ECKey key) {
		return key.toPublicJWK().toJSONString();
	}

	private static OctetKeyPair ed25519() {
		EdECPublicKey key = (EdECPublicKey) edwards.getPublic();
		byte[] encoded = key.getEncoded();
		byte[] point = new byte[32];
		System.arraycopy(encoded, encoded.length - point.length, point, 0, point.length);
		return new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point)).keyID("edwards").build();
	}

	private String signed(JWSAlgorithm algorithm, String keyId, JWSSigner signer) throws JOSEException {
		SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(),
				new JWTClaimsSet.Builder().jwtID(UUID.randomUUID().toString())
					.issuer(issuer())
					.expirationTime(Date.from(Instant.now().plusSeconds(600)))
					.build());
		token.sign(signer);
		return token.serialize();
	}

	private static void expectVerified(TokenVerifier verifier, String token) {
		StepVerifier.create(verifier.verify(token).map(Jwt::getTokenValue))
			.expectNext(token)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private static void expectBadToken(TokenVerifier verifier, String token) {
		StepVerifier.create(verifier.verify(token)).expectError(AccessFailure.BadToken.class).verify(TIMEOUT);
	}

	private static void expectUnverifiable(TokenVerifier verifier, String token) {
		StepVerifier.create(verifier.verify(token)).expectError(AccessFailure.Unverifiable.class).verify(TIMEOUT);
	}

}
