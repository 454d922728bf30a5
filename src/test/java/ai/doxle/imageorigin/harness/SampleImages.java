package ai.doxle.imageorigin.harness;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

import javax.imageio.ImageIO;

/**
 * Real images of every format that matters, and the keys they are stored under, awkward
 * ones included.
 */
public final class SampleImages {

	/** The block that all sample images belong to. */
	public static final String BLOCK = "projects/123/blocks/456/";

	/** Key of an image of more than 20 MB. */
	public static final String LARGE = BLOCK + "survey.png";

	private static final int SIDE = 2700;

	private SampleImages() {
	}

	/** The sample images by key, but for the large one. */
	public static Map<String, Sample> small() {
		Map<String, Sample> samples = new LinkedHashMap<>();
		samples.put(BLOCK + "img.jpg", sample("site-plan.jpg", "image/jpeg"));
		samples.put(BLOCK + "floor.png", sample("floor.png", "image/png"));
		samples.put(BLOCK + "facade.webp", sample("facade.webp", "image/webp"));
		samples.put(BLOCK + "roof.avif", sample("roof.avif", "image/avif"));
		samples.put(BLOCK + "crane.gif", sample("crane.gif", "image/gif"));
		samples.put(BLOCK + "north-arrow.svg", sample("north-arrow.svg", "image/svg+xml"));
		samples.put(BLOCK + "icon.ico", sample("icon.ico", "image/x-icon"));
		samples.put(BLOCK + "undeclared", sample("floor.png", "application/octet-stream"));
		samples.put(BLOCK + "site photo (1).jpg", sample("site-plan.jpg", "image/jpeg"));
		samples.put(BLOCK + "a+b 100%.png", sample("floor.png", "image/png"));
		samples.put(BLOCK + "owner's façade ✓.webp", sample("facade.webp", "image/webp"));
		return samples;
	}

	/** A PNG image of more than 20 MB, made anew. */
	public static Sample large() {
		return new Sample(noise(SIDE, 42), "image/png");
	}

	/**
	 * A PNG image of noise, which has about three bytes for each pixel.
	 * @param side width and height in pixels
	 * @param seed the same seed, the same image
	 */
	public static byte[] noise(int side, long seed) {
		BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
		Random random = new Random(seed);
		for (int y = 0; y < side; y++) {
			for (int x = 0; x < side; x++) {
				image.setRGB(x, y, random.nextInt(1 << 24));
			}
		}
		try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
			ImageIO.write(image, "png", bytes);
			return bytes.toByteArray();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Sample sample(String file, String contentType) {
		try (InputStream stream = SampleImages.class.getResourceAsStream("/samples/" + file)) {
			return new Sample(stream.readAllBytes(), contentType);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * An image to store.
	 *
	 * @param bytes its bytes
	 * @param contentType what it is declared to be
	 */
	@SuppressWarnings("ArrayRecordComponent")
	public record Sample(byte[] bytes, String contentType) {

	}

}
