package ai.doxle.imageorigin.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The bucket's certificate, with its key: RSA of 2,048 bits, as S3 has it. Nobody but the
 * origin of this training trusts it, and it is gone with it.
 */
final class TrainingCertificate implements AutoCloseable {

	private static final String PASSWORD = "training";

	private final Path folder;

	private final Path store;

	private TrainingCertificate(Path folder) {
		this.folder = folder;
		this.store = folder.resolve("bucket.p12");
	}

	/** Made by the keytool of this Java: it has no interface for programs. */
	static TrainingCertificate make() throws IOException, InterruptedException {
		TrainingCertificate certificate = new TrainingCertificate(Files.createTempDirectory("image-origin-training"));
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "bucket", "-keyalg", "RSA", "-keysize", "2048", "-validity", "2", "-dname",
				"CN=training", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore",
				certificate.store.toString());
		int status = new ProcessBuilder(command).inheritIO().start().waitFor();
		if (status != 0) {
			throw new IllegalStateException("keytool has ended with " + status + ": " + command);
		}
		return certificate;
	}

	/** What the bucket serves with. */
	SSLContext server() throws IOException, GeneralSecurityException {
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream content = Files.newInputStream(this.store)) {
			keys.load(content, PASSWORD.toCharArray());
		}
		KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		managers.init(keys, PASSWORD.toCharArray());
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(managers.getKeyManagers(), null, null);
		return context;
	}

	/** What has a JVM trust it. */
	List<String> trust() {
		return List.of("-Djavax.net.ssl.trustStore=" + this.store, "-Djavax.net.ssl.trustStoreType=PKCS12",
				"-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
	}

	@Override
	public void close() throws IOException {
		Files.deleteIfExists(this.store);
		Files.delete(this.folder);
	}

}
