package ai.doxle.imageorigin;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * Starts the image origin.
 */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class OriginApplication {

	/** Netty's own property; it is read once, when Netty makes its first buffer. */
	private static final String ALLOCATOR = "io.netty.allocator.type";

	public static void main(String[] args) {
		if (System.getProperty(ALLOCATOR) == null) {
			System.setProperty(ALLOCATOR, "pooled");
		}
		SpringApplication.run(OriginApplication.class, args);
	}

}
