package ai.doxle.imageorigin.harness;

import java.net.URI;
import java.util.Properties;
import java.util.function.Consumer;

import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A real S3 server, in this process or a container, with one bucket and a client to fill
 * it.
 */
public final class LocalS3 implements AutoCloseable {

	/** The access key that the server wants. */
	public static final String ACCESS_KEY = "local-access-key";

	/** The secret key that goes with it. */
	public static final String SECRET_KEY = "local-secret-key";

	private final URI endpoint;

	private final AutoCloseable server;

	private final S3AsyncClient client;

	private final String bucket;

	private LocalS3(URI endpoint, AutoCloseable server, String bucket) {
		this.endpoint = endpoint;
		this.server = server;
		this.bucket = bucket;
		this.client = S3AsyncClient.builder()
			.httpClientBuilder(NettyNioAsyncHttpClient.builder())
			.region(Region.US_EAST_1)
			.forcePathStyle(true)
			.endpointOverride(endpoint)
			.credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
			.build();
	}

	/**
	 * Starts a server in this process, on a free port, with an empty bucket.
	 */
	public static LocalS3 start(String bucket) {
		return start(bucket, 0, inMemory());
	}

	/**
	 * Starts a server in this process, with an empty bucket, that reports uploads and
	 * deletions.
	 * @param port where it listens; 0 for a free port
	 * @param notifications takes the JSON of each event, in the format of S3's
	 * notifications and in their order, on a thread of its own
	 */
	public static LocalS3 start(String bucket, int port, Consumer<String> notifications) {
		return start(bucket, port, new ReportingBlobStore(inMemory(), notifications));
	}

	private static BlobStore inMemory() {
		return BlobStores.create("transient", new Properties());
	}

	private static LocalS3 start(String bucket, int port, BlobStore store) {
		try {
			S3Proxy server = S3Proxy.builder()
				.blobStore(store)
				.endpoint(URI.create("http://127.0.0.1:" + port))
				.awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
				.build();
			server.start();
			return at(URI.create("http://127.0.0.1:" + server.getPort()), bucket, server::stop);
		}
		catch (Exception ex) {
			throw new IllegalStateException("The S3 server does not start", ex);
		}
	}

	/**
	 * Makes an empty bucket on a server that runs already.
	 * @param server stops the server
	 */
	static LocalS3 at(URI endpoint, String bucket, AutoCloseable server) {
		LocalS3 s3 = new LocalS3(endpoint, server, bucket);
		s3.client.createBucket((request) -> request.bucket(bucket)).join();
		return s3;
	}

	public URI endpoint() {
		return this.endpoint;
	}

	/**
	 * Stores an object.
	 * @return its entity tag, with quotes
	 */
	public String put(String key, String contentType, byte[] bytes) {
		return this.client
			.putObject((request) -> request.bucket(this.bucket).key(key).contentType(contentType),
					AsyncRequestBody.fromBytes(bytes))
			.join()
			.eTag();
	}

	/** Deletes an object. */
	public void delete(String key) {
		this.client.deleteObject((request) -> request.bucket(this.bucket).key(key)).join();
	}

	/** The properties that have the origin read this bucket. */
	public Properties originProperties(int index) {
		Properties properties = new Properties();
		String prefix = "image-origin.store.buckets[" + index + "].";
		properties.setProperty(prefix + "name", this.bucket);
		properties.setProperty(prefix + "region", "us-east-1");
		properties.setProperty(prefix + "endpoint", endpoint().toString());
		properties.setProperty(prefix + "path-style", "true");
		return properties;
	}

	@Override
	public void close() {
		this.client.close();
		try {
			this.server.close();
		}
		catch (Exception ex) {
			throw new IllegalStateException("The S3 server does not stop", ex);
		}
	}

}
