package ai.doxle.imageorigin.harness.load;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;

/**
 * Clients who ask and leave before they have their answer: each at a moment and in a way
 * that is drawn at random. The same seed draws the same visits; what they race against
 * differs all the same.
 */
public final class DisconnectingClients implements AutoCloseable {

	/** Fewer bytes than any head has. */
	private static final int PART_OF_HEAD = 32;

	private static final int RECEIVE_BUFFER = 16 * 1024;

	/** Beyond the longest that one visit takes. */
	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final AtomicInteger number = new AtomicInteger();

	private final Transport transport;

	private final int port;

	private final int managementPort;

	private final ClientTls tls;

	private final Http2Connections connections;

	private final HeadTimes headTimes = new HeadTimes();

	private final Visits leaving;

	private final Visits staying;

	/**
	 * @param port the origin's port for images
	 * @param managementPort its other port
	 */
	public DisconnectingClients(Transport transport, int port, int managementPort, long seed) {
		this.transport = transport;
		this.port = port;
		this.managementPort = managementPort;
		this.tls = new ClientTls(transport);
		this.connections = new Http2Connections(bootstrap(port), this.tls, this.headTimes);
		this.leaving = new Visits(seed, Departure.of(transport));
		this.staying = new Visits(seed, List.of(Departure.NONE));
	}

	/**
	 * So many clients ask and leave.
	 * @param visits how many
	 * @param concurrent how many at a time
	 * @param subjects what they ask for, six of them for the same subject in turn
	 */
	public Tally leave(int visits, int concurrent, List<Subject> subjects) {
		Tally tally = new Tally();
		int end = this.number.get() + visits;
		run(this.leaving, tally, concurrent, subjects, (number) -> number < end);
		return tally;
	}

	/** Clients ask and leave for some time. */
	public Tally leave(Duration time, int concurrent, List<Subject> subjects, Tally tally) {
		long end = System.nanoTime() + time.toNanos();
		run(this.leaving, tally, concurrent, subjects, (_) -> System.nanoTime() - end < 0);
		return tally;
	}

	/** So many clients ask and stay until they have their answer. */
	public Tally stay(int visits, int concurrent, Subject subject) {
		Tally tally = new Tally();
		int end = this.number.get() + visits;
		run(this.staying, tally, concurrent, List.of(subject), (number) -> number < end);
		return tally;
	}

	/** Closes the connections that several clients share. */
	public void closeConnections() {
		this.connections.close();
	}

	private void run(Visits visits, Tally tally, int concurrent, List<Subject> subjects, IntPredicate goesOn) {
		CountDownLatch ended = new CountDownLatch(concurrent);
		for (int i = 0; i < concurrent; i++) {
			new Sequence(visits, tally, subjects, goesOn, ended).next();
		}
		try {
			while (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
				if (!goesOn.test(this.number.get())) {
					throw new IllegalStateException(ended.getCount() + " visits do not end: " + tally);
				}
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Bootstrap bootstrap(int port) {
		return new Bootstrap().group(this.eventLoops)
			.channel(NioSocketChannel.class)
			.option(ChannelOption.ALLOW_HALF_CLOSURE, false)
			.option(ChannelOption.TCP_NODELAY, true)
			.remoteAddress("127.0.0.1", port);
	}

	@Override
	public void close() {
		this.connections.close();
		this.eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
	}

	/** One client after another. */
	private final class Sequence {

		private final Visits visits;

		private final Tally tally;

		private final List<Subject> subjects;

		private final IntPredicate goesOn;

		private final CountDownLatch ended;

		Sequence(Visits visits, Tally tally, List<Subject> subjects, IntPredicate goesOn, CountDownLatch ended) {
			this.visits = visits;
			this.tally = tally;
			this.subjects = subjects;
			this.goesOn = goesOn;
			this.ended = ended;
		}

		void next() {
			int number = DisconnectingClients.this.number.getAndIncrement();
			if (!this.goesOn.test(number)) {
				this.ended.countDown();
				return;
			}
			Subject subject = this.subjects.get(number / Visits.JOINING % this.subjects.size());
			Visit visit = this.visits.draw(subject, number);
			begin(visit);
		}

		private void begin(Visit visit) {
			boolean management = visit.subject() == Subject.MANAGEMENT;
			if (DisconnectingClients.this.transport.isHttp2() && !management) {
				DisconnectingClients.this.connections.begin(visit, this.tally, this::next);
				return;
			}
			ChannelFuture connecting = prepare(visit, management).connect();
			connecting.addListener((connected) -> {
				if (!connected.isSuccess()) {
					this.tally.ended(visit, Ending.UNCONNECTED);
				}
			});
			connecting.channel().closeFuture().addListener((_) -> next());
		}

		private Bootstrap prepare(Visit visit, boolean management) {
			DisconnectingClients clients = DisconnectingClients.this;
			Bootstrap bootstrap = bootstrap(management ? clients.managementPort : clients.port);
			if (visit.moment() == Moment.IN_HEAD) {
				bootstrap.option(ChannelOption.RECVBUF_ALLOCATOR,
						new FixedRecvByteBufAllocator(PART_OF_HEAD).maxMessagesPerRead(1));
			}
			if (!visit.stays()) {
				bootstrap.option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER);
			}
			return bootstrap.handler(new ChannelInitializer<Channel>() {
				@Override
				protected void initChannel(Channel channel) {
					if (!management) {
						clients.tls.addTo(channel);
					}
					channel.pipeline().addLast(new Http1Visit(visit, Sequence.this.tally, clients.headTimes));
				}
			});
		}

	}

}
