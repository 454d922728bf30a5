package ai.doxle.imageorigin.harness;

import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reports uploads and deletions, as S3's notifications do: one record each, with a
 * form-encoded key and a sequencer, after the change, in their order, on a thread of its
 * own.
 */
final class ReportingBlobStore extends ForwardingBlobStore {

	private static final Logger logger = LoggerFactory.getLogger(ReportingBlobStore.class);

	private final Consumer<String> notifications;

	private final ExecutorService reports = Executors
		.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("s3-notifications").factory());

	private final AtomicLong sequencer = new AtomicLong(System.currentTimeMillis() << 20);

	/**
	 * @param notifications takes the JSON of each notification; its failures are logged
	 */
	ReportingBlobStore(BlobStore store, Consumer<String> notifications) {
		super(store);
		this.notifications = notifications;
	}

	@Override
	public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
		PutObjectResponse response = super.putBlob(request, body);
		created("ObjectCreated:Put", request.bucket(), request.key());
		return response;
	}

	@Override
	public CopyObjectResponse copyBlob(CopyObjectRequest request) {
		CopyObjectResponse response = super.copyBlob(request);
		created("ObjectCreated:Copy", request.destinationBucket(), request.destinationKey());
		return response;
	}

	@Override
	public CompleteMultipartUploadResponse completeMultipartUpload(MultipartUpload upload,
			CompleteMultipartUploadRequest request) {
		CompleteMultipartUploadResponse response = super.completeMultipartUpload(upload, request);
		created("ObjectCreated:CompleteMultipartUpload", upload.containerName(), upload.blobName());
		return response;
	}

	@Override
	public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
		DeleteObjectResponse response = super.removeBlob(request);
		removed(request.bucket(), request.key());
		return response;
	}

	@Override
	public void removeBlob(String bucket, String key) {
		super.removeBlob(bucket, key);
		removed(bucket, key);
	}

	@Override
	public DeleteObjectResponse removeBlob(String bucket, String key, String versionId) {
		DeleteObjectResponse response = super.removeBlob(bucket, key, versionId);
		removed(bucket, key);
		return response;
	}

	@Override
	public DeleteObjectsResponse removeBlobs(DeleteObjectsRequest request) {
		DeleteObjectsResponse response = super.removeBlobs(request);
		response.deleted().forEach((deleted) -> removed(request.bucket(), deleted.key()));
		return response;
	}

	@Override
	public void close() {
		this.reports.shutdownNow();
		super.close();
	}

	private void created(String name, String bucket, String key) {
		HeadObjectResponse head = blobMetadata(bucket, key);
		report(name, bucket, key, Map.of("size", head.contentLength(), "eTag", head.eTag().replace("\"", "")));
	}

	private void removed(String bucket, String key) {
		report("ObjectRemoved:Delete", bucket, key, Map.of());
	}

	private void report(String name, String bucket, String key, Map<String, Object> details) {
		String json = notification(name, bucket, key, details, this.sequencer.incrementAndGet());
		this.reports.execute(() -> {
			try {
				this.notifications.accept(json);
			}
			catch (RuntimeException ex) {
				logger.warn("A notification of {} was not taken", key, ex);
			}
		});
	}

	/** A notification in the format of S3, event version 2. */
	static String notification(String name, String bucket, String key, Map<String, Object> details, long sequencer) {
		Map<String, Object> object = new LinkedHashMap<>();
		object.put("key", URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/"));
		object.putAll(details);
		object.put("sequencer", String.format("%016X", sequencer));
		Map<String, Object> s3 = Map.of("s3SchemaVersion", "1.0", "bucket",
				Map.of("name", bucket, "arn", "arn:aws:s3:::" + bucket), "object", object);
		return JsonMapper.shared()
			.writeValueAsString(Map.of("Records",
					List.of(Map.of("eventVersion", "2.1", "eventSource", "aws:s3", "awsRegion", "us-east-1",
							"eventTime", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(), "eventName", name,
							"s3", s3))));
	}

}
