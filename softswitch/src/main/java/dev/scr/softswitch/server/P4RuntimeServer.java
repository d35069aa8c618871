package dev.scr.softswitch.server;

import dev.scr.softswitch.EmbeddedSwitch;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A P4Runtime server for embedded switches. Runs until it is closed. */
public final class P4RuntimeServer implements AutoCloseable {

  private static final long TICK_MILLIS = 20;
  private static final long CLOSE_MILLIS = 1000;

  private final Server server;
  private final ScheduledExecutorService ticker;
  private final List<DeviceControl> devices;

  private P4RuntimeServer(
      Server server, ScheduledExecutorService ticker, Collection<DeviceControl> devices) {
    this.server = server;
    this.ticker = ticker;
    this.devices = List.copyOf(devices);
  }

  /**
   * Starts a server with {@link ServerOptions#defaults}.
   *
   * @param address where to listen; port 0 picks a free one
   * @throws IOException if the address cannot be used
   */
  public static P4RuntimeServer start(InetSocketAddress address, EmbeddedSwitch... switches)
      throws IOException {
    return start(address, ServerOptions.defaults(), switches);
  }

  /**
   * Starts a server.
   *
   * @param address where to listen; port 0 picks a free one
   * @param switches with different device ids
   * @throws IOException if the address cannot be used, or a key or certificate cannot be read
   */
  public static P4RuntimeServer start(
      InetSocketAddress address, ServerOptions options, EmbeddedSwitch... switches)
      throws IOException {
    Map<Long, DeviceControl> devices = new LinkedHashMap<>();
    boolean started = false;
    try {
      for (EmbeddedSwitch device : switches) {
        if (devices.containsKey(device.deviceId())) {
          throw new IllegalArgumentException("two switches with device id " + device.deviceId());
        }
        devices.put(device.deviceId(), new DeviceControl(device, options.maxStreamsPerRole()));
      }
      Server server = server(address, options, devices).start();
      started = true;
      return new P4RuntimeServer(server, ticker(devices.values()), devices.values());
    } finally {
      if (!started) {
        devices.values().forEach(DeviceControl::detach);
      }
    }
  }

  private static Server server(
      InetSocketAddress address, ServerOptions options, Map<Long, DeviceControl> devices)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .addService(new P4RuntimeService(devices))
            .maxInboundMessageSize(options.maxMessageBytes())
            .maxInboundMetadataSize(options.maxMetadataBytes())
            .maxConcurrentCallsPerConnection(options.maxCallsPerConnection());
    if (options.tls().isPresent()) {
      builder.sslContext(TlsKeys.context(options.tls().get()));
    }
    return builder.build();
  }

  private static ScheduledExecutorService ticker(Collection<DeviceControl> devices) {
    ScheduledExecutorService ticker =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("p4runtime-ticker").factory());
    var _ =
        ticker.scheduleWithFixedDelay(
            () -> devices.forEach(P4RuntimeServer::tick),
            TICK_MILLIS,
            TICK_MILLIS,
            TimeUnit.MILLISECONDS);
    return ticker;
  }

  private static void tick(DeviceControl device) {
    try {
      device.tick();
    } catch (RuntimeException e) {
      System.getLogger("dev.scr.softswitch.server")
          .log(System.Logger.Level.ERROR, "notifications failed", e);
    }
  }

  /** The port that the server listens on. */
  public int port() {
    return server.getPort();
  }

  /** Blocks until the server is closed. */
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  /** Ends all streams and calls, and stops listening. */
  @Override
  public void close() {
    ticker.shutdownNow();
    devices.forEach(DeviceControl::detach);
    server.shutdownNow();
    try {
      var _ = server.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
