package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import software.amazon.awssdk.http.nio.netty.internal.ResponseHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * With a real pipeline, out of whose end exceptions fall.
 */
@ExtendWith(OutputCaptureExtension.class)
class CancelledCallsFilterTests {

	@Test
	void dropsCancelledCallsAndNothingElse(CapturedOutput output) {
		CancelledCallsFilter.install();
		CancelledCallsFilter.install();
		fail(new IOException("Request cancelled"));
		assertThat(output).doesNotContain("Request cancelled");
		fail(new IOException("Connection reset"));
		fail(new IllegalStateException("Request cancelled"));
		assertThat(output).containsOnlyOnce("java.io.IOException: Connection reset")
			.containsOnlyOnce("java.lang.IllegalStateException: Request cancelled");
	}

	/** The SDK's handler looks for the call that an exception belongs to. */
	@Test
	void dropsExceptionsThatBelongToNoCall(CapturedOutput output) {
		CancelledCallsFilter.install();
		fail(new IOException("late"), ResponseHandler.getInstance());
		assertThat(output).doesNotContain("late").doesNotContain("NullPointerException");
	}

	private static void fail(Exception exception, ChannelHandler... handlers) {
		EventLoop loop = new DefaultEventLoop();
		Channel channel = new LocalChannel();
		channel.pipeline().addLast(handlers);
		loop.register(channel).syncUninterruptibly();
		loop.submit(() -> channel.pipeline().fireExceptionCaught(exception)).syncUninterruptibly();
		loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
	}

}
