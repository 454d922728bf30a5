package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new certificate authority, and servers with certificates of its own.
 */
public final class LocalAuthority {

	private static final String PASSWORD = "changeit";

	private static final String AUTHORITY = "authority";

	private final Path store;

	private final Path trusted;

	private LocalAuthority(Path folder) {
		this.store = folder.resolve("authority.p12");
		this.trusted = folder.resolve("trusted.p12");
	}

	/** Makes one in a folder. */
	public static LocalAuthority create(Path folder)
			throws IOException, GeneralSecurityException, InterruptedException {
		LocalAuthority authority = new LocalAuthority(folder);
		authority.generate(AUTHORITY, "-ext", "BC=ca:true");
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry(AUTHORITY, authority.load().getCertificate(AUTHORITY));
		try (OutputStream file = Files.newOutputStream(authority.trusted)) {
			trusted.store(file, PASSWORD.toCharArray());
		}
		return authority;
	}

	/** TLS of a server at 127.0.0.1. */
	public ServerTls server() throws IOException, GeneralSecurityException, InterruptedException {
		return server("good", "-ext", "SAN=ip:127.0.0.1");
	}

	/** TLS of a server whose certificate has expired. */
	public ServerTls expired() throws IOException, GeneralSecurityException, InterruptedException {
		return server("expired", "-ext", "SAN=ip:127.0.0.1", "-startdate", "-20d", "-validity", "10");
	}

	/** TLS of a server whose certificate is for another one. */
	public ServerTls elsewhere() throws IOException, GeneralSecurityException, InterruptedException {
		return server("elsewhere", "-ext", "SAN=dns:elsewhere.example");
	}

	private ServerTls server(String alias, String... options)
			throws IOException, GeneralSecurityException, InterruptedException {
		List<String> all = new ArrayList<>(List.of("-signer", AUTHORITY));
		all.addAll(List.of(options));
		generate(alias, all.toArray(String[]::new));
		KeyStore keys = load();
		for (String other : Collections.list(keys.aliases())) {
			if (!other.equals(alias)) {
				keys.deleteEntry(other);
			}
		}
		KeyManagerFactory manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		manager.init(keys, PASSWORD.toCharArray());
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(manager.getKeyManagers(), null, null);
		return new ServerTls(context);
	}

	private void generate(String alias, String... options) throws IOException, InterruptedException {
		String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
		List<String> command = new ArrayList<>(List.of(keytool, "-genkeypair", "-alias", alias, "-keyalg", "RSA",
				"-keysize", "2048", "-dname", "CN=" + alias, "-storetype", "PKCS12", "-keystore", this.store.toString(),
				"-storepass", PASSWORD));
		command.addAll(Arrays.asList(options));
		assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
	}

	private KeyStore load() throws IOException, GeneralSecurityException {
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream stream = Files.newInputStream(this.store)) {
			keys.load(stream, PASSWORD.toCharArray());
		}
		return keys;
	}

	/** Has this JVM's clients trust it, those that are made until it is closed. */
	public AutoCloseable trust() {
		System.setProperty("javax.net.ssl.trustStore", this.trusted.toString());
		System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
		System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
		return () -> List.of("", "Password", "Type")
			.forEach((suffix) -> System.clearProperty("javax.net.ssl.trustStore" + suffix));
	}

	/** The options of a JVM whose clients trust it. */
	public List<String> options() {
		return List.of("-Djavax.net.ssl.trustStore=" + this.trusted, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD,
				"-Djavax.net.ssl.trustStoreType=PKCS12");
	}

}
