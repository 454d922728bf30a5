import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

import ai.doxle.imageorigin.harness.LocalCertificate;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.DisconnectingClients;
import ai.doxle.imageorigin.harness.load.Ending;
import ai.doxle.imageorigin.harness.load.Subject;
import ai.doxle.imageorigin.harness.load.Tally;
import ai.doxle.imageorigin.harness.load.Transport;

/**
 * Clients that leave, over each transport for its part of the time, and what the origin
 * has not given back when they are gone.
 */
final class LeavingClients {

	private static final int AT_A_TIME = 64;

	/** Beyond every time-out that ends what a client left behind. */
	private static final Duration REST = Duration.ofSeconds(15);

	private final Duration time;

	private final Table table = new Table();

	LeavingClients(Duration time) {
		this.time = time.dividedBy(Transport.values().length);
	}

	Table measure() throws Exception {
		for (Transport transport : Transport.values()) {
			System.err.println(transport + ": " + this.time.toSeconds() + " s");
			measure(transport);
		}
		return this.table;
	}

	private void measure(Transport transport) throws Exception {
		try (DelayedS3 s3 = new DelayedS3();
				PackagedOrigin origin = PackagedOrigin.start(s3.originProperties(), settings(transport));
				DisconnectingClients clients = new DisconnectingClients(transport, origin.port(),
						origin.managementPort(), Long.getLong("seed"))) {
			String column = transport.name();
			clients.stay(500, AT_A_TIME, Subject.COLD);
			clients.stay(20, AT_A_TIME, Subject.LARGE);
			clients.closeConnections();
			origin.purge();
			look(column, "before", origin, s3);
			Tally tally = clients.leave(this.time, AT_A_TIME, List.of(Subject.values()), new Tally());
			clients.closeConnections();
			Thread.sleep(REST);
			count(column, tally);
			this.table.put("images in memory, bytes", column, origin.meter("image_origin_memory_used_bytes"));
			this.table.put("images in memory, number", column, origin.descriptors("/memfd:"));
			this.table.put("of them cached, number", column, origin.meter("image_origin_cache_images"));
			origin.purge();
			look(column, "after", origin, s3);
			log(column, tally, origin);
			clients.stay(50, 4, Subject.COLD);
			Tally good = clients.stay(100, 4, Subject.COLD);
			this.table.put("then, of 100 cold images: whole", column, good.of(Ending.WHOLE));
			this.table.put("then, of 100 cold images: stored", column, good.stored());
		}
	}

	private static Properties settings(Transport transport) throws Exception {
		Properties settings = OriginSettings.optional()
			.with("image-origin.cache.memory.max-size", "32MB")
			.with("image-origin.cache.memory.max-object-size", "1MB")
			.with("image-origin.store.max-connections", "64")
			.with("image-origin.store.idle-timeout", "5s")
			.with("image-origin.send-timeout", "5s")
			.with("server.http2.enabled", String.valueOf(transport.isHttp2()));
		if (transport.isTls()) {
			Path folder = Files.createTempDirectory("image-origin-soak");
			LocalCertificate certificate = LocalCertificate.create(folder);
			settings.setProperty("server.ssl.certificate", certificate.file().toUri().toString());
			settings.setProperty("server.ssl.certificate-private-key", certificate.key().toUri().toString());
			settings.setProperty("management.server.ssl.enabled", "false");
		}
		return settings;
	}

	private void count(String column, Tally tally) {
		this.table.put("clients that left", column, tally.departures());
		this.table.put("a second", column, tally.departures() / Math.max(1, this.time.toSeconds()));
		for (String kind : List.of("departure ", "left at ", "subject ", "ended ", "status ")) {
			tally.counts().forEach((what, count) -> {
				if (what.startsWith(kind)) {
					this.table.put(what.toLowerCase().replace('_', ' '), column, count);
				}
			});
		}
	}

	/** What it holds when its caches are empty and nobody asks for anything. */
	private void look(String column, String when, PackagedOrigin origin, DelayedS3 s3) throws Exception {
		String at = ", " + when;
		this.table.put("turns of S3 held" + at, column, origin.meter("image_origin_s3_reads"));
		this.table.put("reads that wait" + at, column, origin.meter("image_origin_s3_reads_waiting"));
		this.table.put("open bodies of S3" + at, column, origin.meter("image_origin_s3_open_bodies"));
		this.table.put("bodies that S3 sends" + at, column, s3.bodiesUnderWay());
		this.table.put("loads under way" + at, column, origin.meter("image_origin_loads_active"));
		this.table.put("bytes of images, none cached" + at, column, origin.meter("image_origin_memory_used_bytes"));
		this.table.put("bytes of spare files" + at, column, origin.meter("image_origin_memory_spare_bytes"));
		this.table.put("files, spare ones only" + at, column, origin.descriptors("/memfd:"));
		this.table.put("sockets, S3 apart" + at, column, origin.descriptors("socket:") - s3.openConnections());
		this.table.put("all descriptors" + at, column, origin.descriptors(""));
		this.table.put("resident, MiB" + at, column, origin.mebibytes("VmRSS"));
		this.table.put("of it shared (images), MiB" + at, column, origin.mebibytes("RssShmem"));
	}

	private void log(String column, Tally tally, PackagedOrigin origin) throws Exception {
		long clients = Math.max(1, tally.departures());
		for (String level : List.of("WARN", "ERROR")) {
			this.table.put(level + " lines", column, origin.lines(level));
			this.table.put(level + " lines for 10,000 clients that left", column,
					origin.lines(level) * 10_000 / clients);
		}
	}

}
