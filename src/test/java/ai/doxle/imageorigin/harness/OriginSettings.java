package ai.doxle.imageorigin.harness;

import java.io.Serial;
import java.util.Properties;

/**
 * The settings of an origin, as tests need them.
 */
public final class OriginSettings extends Properties {

	@Serial
	private static final long serialVersionUID = 1L;

	private OriginSettings() {
	}

	/** Anybody may read every image. */
	public static OriginSettings open() {
		return new OriginSettings().with("image-origin.access.mode", "open");
	}

	/** A token, if one is sent, must be valid. */
	public static OriginSettings optional() {
		return new OriginSettings().with("image-origin.access.mode", "optional");
	}

	/** Every image needs a token, or a viewer's cookies. */
	public static OriginSettings required() {
		return new OriginSettings().with("image-origin.access.mode", "required");
	}

	/** Without a cache in this instance. */
	public OriginSettings withoutMemory() {
		return with("image-origin.cache.memory.max-size", "0");
	}

	/** With HTTP/2 beside HTTP/1.1. */
	public OriginSettings withHttp2() {
		return with("server.http2.enabled", "true");
	}

	/** With another property. */
	public OriginSettings with(String name, String value) {
		setProperty(name, value);
		return this;
	}

}
