package ai.doxle.imageorigin.access.viewer.key;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ViewerKeysTests {

	/** The byte at which a PKCS #8 file of an RSA key of 2,048 bits holds PKCS #1. */
	private static final int PKCS1 = 26;

	/**
	 * A key on P-256 as OpenSSL writes it by default (SEC 1): ecdsa_dummy_key of the
	 * tests of aws-sdk-cloudfront, github.com/aws/aws-sdk-ruby.
	 */
	private static final String SEC1 = """
			-----BEGIN EC PARAMETERS-----
			BggqhkjOPQMBBw==
			-----END EC PARAMETERS-----
			-----BEGIN EC PRIVATE KEY-----
			MHcCAQEEID7zJp4Jz74SMFlyUwyUCtD8Dn6DTykxNLX6XqCljIoSoAoGCCqGSM49
			AwEHoUQDQgAEA5Y7JHgOuB5Q3dFEzL7Hi+HAOFmaxdN9rgaL8RZZJp4b+dtqT5iR
			orzRdExlgrxWu57LLHyj9lo0y1evFcPzvg==
			-----END EC PRIVATE KEY-----
			""";

	/** The point in it. */
	private static final String SEC1_PUBLIC = "A5Y7JHgOuB5Q3dFEzL7Hi+HAOFmaxdN9rgaL8RZZJp4b+dtqT5iRorzRdExlgrxWu57L"
			+ "LHyj9lo0y1evFcPzvg==";

	@Test
	void derivesThePublicKeyOfAPrivateOne() throws Exception {
		for (ViewerKeyPair pair : List.of(ViewerKeyPair.p256(), ViewerKeyPair.p256(), ViewerKeyPair.rsa("K", 2048))) {
			assertThat(read(pair.privatePem(), null).signing().orElseThrow().publicKey())
				.isEqualTo(PemKeys.publicKey(pair.publicPem()));
		}
	}

	@Test
	void readsSec1() {
		byte[] encoded = read(SEC1, null).signing().orElseThrow().publicKey().getEncoded();
		assertThat(Arrays.copyOfRange(encoded, encoded.length - 64, encoded.length))
			.isEqualTo(Base64.getDecoder().decode(SEC1_PUBLIC));
	}

	@Test
	void readsPkcs1() throws Exception {
		ViewerKeyPair pair = ViewerKeyPair.rsa("K", 2048);
		byte[] pkcs8 = PemKeys.privateKey(pair.privatePem()).getEncoded();
		String pkcs1 = pem("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, PKCS1, pkcs8.length));
		assertThat(read(pkcs1, null).signing().orElseThrow().publicKey())
			.isEqualTo(PemKeys.publicKey(pair.publicPem()));
	}

	@Test
	void readsFiles(@TempDir Path directory) throws Exception {
		Path file = Files.writeString(directory.resolve("key.pem"), ViewerKeyPair.p256().privatePem());
		for (String location : List.of(file.toString(), file.toUri().toString())) {
			assertThat(ViewerKeys.read(List.of(new ViewerProperties.Key("K", location, null))).signing()).isPresent();
		}
	}

	@Test
	void signsWithTheFirstThatCanAndVerifiesWithAll() {
		ViewerKeyPair next = ViewerKeyPair.p256("next");
		ViewerKeyPair now = ViewerKeyPair.p256("now");
		ViewerKeyPair old = ViewerKeyPair.p256("old");
		ViewerKeys keys = ViewerKeys.read(List.of(key("next", null, next.publicPem()),
				key("now", now.privatePem(), null), key("old", old.privatePem(), null)));
		assertThat(keys.signing().map(ViewerKey::id)).contains("now");
		assertThat(keys.find("next")).isNotNull();
		assertThat(keys.find("old")).isNotNull();
		assertThat(keys.find("none")).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "P-384, P-256 or RSA 2048", "RSA-1024, 1024 bits", "RSA-4096, 4096 bits", "Ed25519, P-256 or RSA 2048",
			"public, no private key", "encrypted, an encrypted one", "cut, P-256 or RSA 2048", "text, no key in PEM",
			"empty, no key in PEM form", "SEC1-384, not on the curve" })
	void refusesOtherPrivateKeys(String kind, String reason) throws Exception {
		String pem = switch (kind) {
			case "P-384" -> pem("PRIVATE KEY", p384().getPrivate().getEncoded());
			case "SEC1-384" -> pem("EC PRIVATE KEY", sec1(p384()));
			case "RSA-1024" -> ViewerKeyPair.rsa("K", 1024).privatePem();
			case "RSA-4096" -> ViewerKeyPair.rsa("K", 4096).privatePem();
			case "Ed25519" ->
				pem("PRIVATE KEY", KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded());
			case "public" -> ViewerKeyPair.p256().publicPem();
			case "encrypted" -> ViewerKeyPair.p256().privatePem().replace("PRIVATE", "ENCRYPTED PRIVATE");
			case "cut" -> pem("PRIVATE KEY",
					Arrays.copyOf(PemKeys.privateKey(ViewerKeyPair.p256().privatePem()).getEncoded(), 40));
			case "text" -> "a key";
			default -> "";
		};
		refuses(key("K", pem, null), "image-origin.session.keys[0].private-key-location", reason);
	}

	@Test
	void refusesOtherPublicKeys() throws Exception {
		String property = "image-origin.session.keys[0].public-key-location";
		refuses(key("K", null, ViewerKeyPair.rsa("K", 1024).publicPem()), property, "1024 bits");
		refuses(key("K", null, pem("PUBLIC KEY", p384().getPublic().getEncoded())), property, "P-256 or RSA 2048");
		refuses(key("K", null, ViewerKeyPair.p256().privatePem()), property, "no public key");
	}

	@Test
	void refusesWhatCannotBeRead() {
		String property = "image-origin.session.keys[0].private-key-location";
		refuses(new ViewerProperties.Key("K", "/none/key.pem", null), property, "/none/key.pem cannot be read");
		refuses(new ViewerProperties.Key("K", "file:/none/key.pem", null), property, "/none/key.pem cannot be read");
		refuses(new ViewerProperties.Key("K", "base64:!", null), property, "P-256 or RSA 2048");
		refuses(new ViewerProperties.Key("K", "nonsense:x", null), property, "P-256 or RSA 2048");
		refuses(new ViewerProperties.Key("K", "", null), property, "P-256 or RSA 2048");
	}

	@Test
	void tellsNothingOfAKeyInThePlaceOfItsLocation() {
		String secret = Base64.getEncoder()
			.encodeToString(ViewerKeyPair.p256().privatePem().getBytes(StandardCharsets.US_ASCII));
		assertThatThrownBy(() -> ViewerKeys.read(List.of(new ViewerProperties.Key("K", secret, null))))
			.isInstanceOf(InvalidSessionConfigurationException.class)
			.message()
			.doesNotContain(secret.substring(0, 10));
	}

	@Test
	void refusesHalvesOfDifferentPairs() {
		refuses(key("K", ViewerKeyPair.p256().privatePem(), ViewerKeyPair.p256().publicPem()),
				"image-origin.session.keys[0].private-key-location", "do not belong together");
		refuses(key("K", ViewerKeyPair.p256().privatePem(), ViewerKeyPair.rsa("K", 2048).publicPem()),
				"image-origin.session.keys[0].private-key-location", "do not belong together");
	}

	@Test
	void refusesTwoKeysOfOneId() {
		assertThatThrownBy(() -> ViewerKeys.read(List.of(key("K", ViewerKeyPair.p256().privatePem(), null),
				key("K", ViewerKeyPair.p256().privatePem(), null))))
			.hasMessageContaining("image-origin.session.keys[1].id");
	}

	@Test
	void tellsNoSecret() {
		ViewerProperties.Key key = key("K", ViewerKeyPair.p256().privatePem(), null);
		assertThat(key.toString()).isEqualTo("Key[id=K]");
		assertThat(ViewerKeys.read(List.of(key)).signing().orElseThrow().toString()).isEqualTo("K");
	}

	private static void refuses(ViewerProperties.Key key, String property, String reason) {
		assertThatThrownBy(() -> ViewerKeys.read(List.of(key))).isInstanceOf(InvalidSessionConfigurationException.class)
			.hasMessageContaining(property)
			.hasMessageContaining(reason);
	}

	private static ViewerKeys read(@Nullable String privatePem, @Nullable String publicPem) {
		return ViewerKeys.read(List.of(key("K", privatePem, publicPem)));
	}

	private static ViewerProperties.Key key(String id, @Nullable String privatePem, @Nullable String publicPem) {
		return new ViewerProperties.Key(id, location(privatePem), location(publicPem));
	}

	private static @Nullable String location(@Nullable String pem) {
		return (pem != null) ? "base64:" + Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII))
				: null;
	}

	private static String pem(String label, byte[] der) {
		return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
				+ "-----\n";
	}

	private static KeyPair p384() throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
		generator.initialize(new ECGenParameterSpec("secp384r1"));
		return generator.generateKeyPair();
	}

	/** RFC 5915: what PKCS #8 holds of a key on P-384 begins behind 24 bytes. */
	private static byte[] sec1(KeyPair pair) {
		byte[] pkcs8 = pair.getPrivate().getEncoded();
		int start = new String(pkcs8, StandardCharsets.ISO_8859_1).indexOf("\u0002\u0001\u0001\u00040") - 2;
		return Arrays.copyOfRange(pkcs8, start, pkcs8.length);
	}

}
