package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new certificate for 127.0.0.1, signed by itself.
 *
 * @param file the certificate, PEM
 * @param key its private key, PEM
 */
public record LocalCertificate(Path file, Path key) {

	private static final String PASSWORD = "changeit";

	/** Makes one in a folder. */
	public static LocalCertificate create(Path folder)
			throws IOException, GeneralSecurityException, InterruptedException {
		KeyStore keys = generate(folder.resolve("local.p12"));
		return new LocalCertificate(
				write(folder.resolve("cert.pem"), "CERTIFICATE", keys.getCertificate("local").getEncoded()),
				write(folder.resolve("key.pem"), "PRIVATE KEY",
						keys.getKey("local", PASSWORD.toCharArray()).getEncoded()));
	}

	private static KeyStore generate(Path store) throws IOException, GeneralSecurityException, InterruptedException {
		String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
		Process process = new ProcessBuilder(keytool, "-genkeypair", "-alias", "local", "-keyalg", "EC", "-groupname",
				"secp256r1", "-dname", "CN=local", "-ext", "SAN=ip:127.0.0.1", "-storetype", "PKCS12", "-keystore",
				store.toString(), "-storepass", PASSWORD)
			.inheritIO()
			.start();
		assertThat(process.waitFor()).isZero();
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream stream = Files.newInputStream(store)) {
			keys.load(stream, PASSWORD.toCharArray());
		}
		return keys;
	}

	private static Path write(Path file, String kind, byte[] encoded) throws IOException {
		String text = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(encoded);
		return Files.writeString(file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n",
				StandardCharsets.US_ASCII);
	}

}
