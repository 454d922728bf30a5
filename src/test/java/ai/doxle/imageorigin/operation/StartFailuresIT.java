package ai.doxle.imageorigin.operation;

import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A wrong value ends the start with a report that names the property and what would be
 * right.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartFailuresIT {

	private static final String JWT = "spring.security.oauth2.resourceserver.jwt.";

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			path                          | images               | must be a path such as /proxy-image
			path                          | /images/             | without a slash at its end
			request-timeout               | 500ms                | 1
			request-timeout               | 1h                   | 10
			response-timeout                | 0s                   | 100
			response-timeout                | 2m                   | 60
			response-timeout                | soon                 | is not a valid duration
			send-timeout                  | 500ms                | 1
			send-timeout                  | 2h                   | 1
			store.buckets[0].name         | ''                   | must be the name of a bucket
			store.buckets[0].region       | ''                   | must be a region such as ap-southeast-2
			store.buckets[0].endpoint     | localhost:9000       | must be a URL such as http://localhost:9000
			store.buckets[0].endpoint     | 'http://a b'         | must be a URL such as http://localhost:9000
			store.buckets[0].path-style   | perhaps              | Invalid boolean value 'perhaps'
			store.connect-timeout         | 0s                   | 1
			store.connect-timeout         | 1m                   | 15
			store.first-byte-timeout      | 0s                   | 1
			store.first-byte-timeout      | 1m                   | 15
			store.idle-timeout            | 0s                   | 1
			store.max-connections         | 0                    | must be greater than 0
			store.max-connections         | many                 | failed to convert
			store.read-buffer-size        | 0                    | must be at least 1KB
			store.read-buffer-size        | large                | failed to convert
			store.client                  | apache               | NETTY
			types.allowed                 | image                | must be a media type such as image/*
			types.allowed                 | ''                   | must name a media type such as image/*
			types.enforced                | maybe                | Invalid boolean value 'maybe'
			cors.allowed-origins          | annotate.example     | must be * or an origin such as
			cors.allowed-origins          | https://a.example/b  | without a path
			cors.allowed-origins          | ''                   | must hold * or at least one origin
			cache.negative-ttl            | -1s                  | 0
			cache.negative-ttl            | 2h                   | 1
			access.mode                   | closed               | REQUIRED
			access.project-claim          | ''                   | must be the name of a claim
			access.project-claim          | projects             | needs image-origin.access.mode=required
			access.edge-secrets           | short                | must be at least 16 visible ASCII characters
			access.edge-secrets           | ''                   | leave it out if the origin shall admit
			access.edge-secrets           | ' '                  | must be at least 16 visible ASCII characters
			access.edge-secrets[0]        | ''                   | must be at least 16 visible ASCII characters
			access.edge-secrets[2]        | edge-secret-01234567 | must hold one or two secrets
			access.edge-checks-viewers    | true                 | needs image-origin.access.edge-secrets
			session.path                  | sessions             | must be a path such as /proxy-image-session
			session.path                  | /proxy-image/session | must lie outside of image-origin.path
			session.lifetime              | 30s                  | 1
			session.lifetime              | 25h                  | 24
			session.same-site             | strict               | LAX
			session.resource-base         | images.example.com   | must be scheme and host
			session.resource-base         | https://a.example/   | without a path
			session.resource-base         | https://*.example    | must be scheme and host
			session.keys[0].id            | K*                   | must be CloudFront's id of the key
			session.keys[0].id            | ''                   | must be CloudFront's id of the key
			access.remembered-tokens      | 0                    | must be greater than 0
			""")
	void namesThePropertyAndTheRemedy(String property, String value, String remedy, CapturedOutput output) {
		Properties wrong = new Properties();
		if (property.endsWith("[2]")) {
			String list = property.substring(0, property.length() - 3);
			wrong.setProperty("image-origin." + list + "[0]", value);
			wrong.setProperty("image-origin." + list + "[1]", value);
		}
		wrong.setProperty("image-origin." + property, value);
		assertReport(output, wrong, "image-origin." + property.replaceFirst("\\[\\d]$", ""), remedy);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			issuer-uri          | nonsense         | must be a URL
			jwk-set-uri         | nonsense         | must be a URL
			public-key-location | file:/none.pem   | must be an RSA public key in PEM
			public-key-location | base64:bm9uZQ==  | must be an RSA public key in PEM
			jws-algorithms      | HS256            | RS256
			jws-algorithms      | none             | RS256
			jws-algorithms      | ES256K           | Ed25519
			jws-algorithms      | ''               | is set but empty
			audiences           | ''               | is set but empty
			audiences           | ' '              | is set but empty
			issuer-uri          | ''               | is set but empty
			jwk-set-uri         | ''               | is set but empty
			public-key-location | ''               | is set but empty
			""")
	void namesThePropertyOfTokensAndTheRemedy(String property, String value, String remedy, CapturedOutput output) {
		Properties wrong = new Properties();
		wrong.setProperty("image-origin.access.mode", "required");
		wrong.setProperty(JWT + property, value);
		if (property.equals("jws-algorithms") || property.equals("audiences")) {
			wrong.setProperty(JWT + "jwk-set-uri", "https://issuer.example/keys");
		}
		assertReport(output, wrong, JWT + property, remedy);
	}

	@ParameterizedTest
	@CsvSource({ "required, issuer-uri", "optional, jwk-set-uri", "required, public-key-location",
			"required, image-origin.access.mode=open" })
	void namesWhatIsMissingForTokens(String mode, String remedy, CapturedOutput output) {
		Properties missing = new Properties();
		missing.setProperty("image-origin.access.mode", mode);
		assertReport(output, missing, JWT + "issuer-uri", remedy);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			private-key-location | /none/key.pem   | /none/key.pem
			private-key-location | base64:bm9uZQ== | there is no key in PEM form in it
			private-key-location | base64:!        | must name a P-256 or RSA 2048 key
			private-key-location | ''              | must name a P-256 or RSA 2048 key
			public-key-location  | base64:bm9uZQ== | there is no key in PEM form in it
			""")
	void namesThePropertyOfViewersKeysAndTheRemedy(String property, String value, String remedy,
			CapturedOutput output) {
		Properties wrong = new Properties();
		wrong.setProperty("image-origin.session.keys[0].id", "K2JCJMDEHXQW5F");
		wrong.setProperty("image-origin.session.keys[0]." + property, value);
		assertReport(output, wrong, "image-origin.session.keys[0]." + property, remedy);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			id                   | K2JCJMDEHXQW5F  | needs image-origin.session.keys[n].private-key-location
			private-key-location | /none/key.pem   | is missing: give CloudFront's id of the key
			""")
	void namesWhatIsMissingOfViewersKeys(String property, String value, String remedy, CapturedOutput output) {
		Properties missing = new Properties();
		missing.setProperty("image-origin.session.keys[0]." + property, value);
		assertReport(output, missing, "image-origin.session.keys[0]", remedy);
	}

	private static void assertReport(CapturedOutput output, Properties wrong, String property, String remedy) {
		Properties right = new Properties();
		right.putAll(Map.of("image-origin.store.buckets[0].name", "images", "image-origin.store.buckets[0].region",
				"us-east-1", "image-origin.access.mode", "open"));
		assertThatThrownBy(() -> RunningOrigin.start(right, wrong).close()).isInstanceOf(Exception.class);
		String report = output.toString().substring(output.toString().indexOf("APPLICATION FAILED TO START"));
		assertThat(report).contains(property).contains(remedy);
	}

}
