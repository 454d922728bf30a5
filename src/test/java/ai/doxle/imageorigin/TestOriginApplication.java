package ai.doxle.imageorigin;

import java.net.URI;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Function;

import ai.doxle.imageorigin.harness.Containers;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.cdn.Place;
import ai.doxle.imageorigin.harness.viewer.DevelopmentServer;

/**
 * The whole thing on a bare machine: an S3 server, a Redis, sample images, a development
 * token, edges in Sydney and London, and a page that shows the images through the origin
 * and the edges. Where Docker answers, the servers are MinIO's and Redis' own containers.
 */
public final class TestOriginApplication {

	private static final String BUCKET = "local-images";

	private static final int SYDNEY = 8082;

	private static final int LONDON = 8083;

	private TestOriginApplication() {
	}

	public static void main(String[] args) {
		boolean docker = Containers.available();
		Function<Consumer<String>, LocalS3> s3 = (events) -> docker ? Containers.minio(BUCKET)
				: LocalS3.start(BUCKET, 0, events);
		Properties redis = docker ? Containers.redis() : LocalRedis.start().originProperties();
		List<Place> places = List.of(Place.sydney(SYDNEY), Place.london(LONDON));
		try {
			announce(DevelopmentServer.start(s3, redis, places, args));
		}
		catch (RuntimeException ex) {
			// it has been logged; the servers around the origin would go on
			System.exit(1);
		}
	}

	private static void announce(DevelopmentServer server) {
		URI page = server.page();
		String token = server.token(DevelopmentServer.PROJECT);
		System.out.printf("%npage:  %s/%ntoken: %s%ncurl:  curl -i -o /dev/null -D - -H 'Authorization: Bearer %s' "
				+ "%s/proxy-image/%simg.jpg%n", page, token, token, page, SampleImages.BLOCK);
		System.out.printf(
				"put:   curl --aws-sigv4 aws:amz:us-east-1:s3 --user %s:%s --upload-file FILE.png "
						+ "%s/%s/%sFILE.png%n%n",
				LocalS3.ACCESS_KEY, LocalS3.SECRET_KEY, server.s3().endpoint(), BUCKET, SampleImages.BLOCK);
	}

}
