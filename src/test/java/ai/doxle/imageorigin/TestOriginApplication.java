package ai.doxle.imageorigin;

import java.util.Map;
import java.util.Properties;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.reactive.function.server.RouterFunction;

import ai.doxle.imageorigin.harness.Containers;
import ai.doxle.imageorigin.harness.DevelopmentPage;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;

/**
 * The whole thing on a bare machine: an S3 server, a Redis, sample images, a development
 * token, and a page that shows the images through the origin. Where Docker answers, the
 * servers are MinIO's and Redis' own containers.
 */
public final class TestOriginApplication {

	private static final String BUCKET = "local-images";

	private TestOriginApplication() {
	}

	public static void main(String[] args) {
		boolean docker = Containers.available();
		LocalS3 s3 = docker ? Containers.minio(BUCKET) : LocalS3.start(BUCKET);
		Properties redis = docker ? Containers.redis() : LocalRedis.start().originProperties();
		Map<String, Sample> samples = SampleImages.small();
		samples.put(SampleImages.LARGE, SampleImages.large());
		samples.forEach((key, sample) -> s3.put(key, sample.contentType(), sample.bytes()));
		TokenIssuer issuer = new TokenIssuer();
		String token = issuer.token("123");
		SpringApplication application = new SpringApplication(OriginApplication.class);
		application.setDefaultProperties(properties(s3, redis, issuer));
		application.addInitializers((context) -> ((GenericApplicationContext) context).registerBean("developmentPage",
				RouterFunction.class, () -> DevelopmentPage.route(samples.keySet(), token)));
		announce(application.run(args), token);
	}

	private static Properties properties(LocalS3 s3, Properties redis, TokenIssuer issuer) {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		Properties properties = new Properties();
		properties.putAll(s3.originProperties(0));
		properties.putAll(redis);
		properties.putAll(issuer.originProperties());
		// img elements carry no token, so the page needs the mode that lets them in
		properties.setProperty("image-origin.access.mode", "optional");
		return properties;
	}

	private static void announce(ConfigurableApplicationContext context, String token) {
		String address = "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
		System.out.printf("%npage:  %s/%ntoken: %s%ncurl:  curl -i -o /dev/null -D - -H 'Authorization: Bearer %s' "
				+ "%s/proxy-image/%simg.jpg%n%n", address, token, token, address, SampleImages.BLOCK);
	}

}
