package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.EmbeddedSwitch;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.p4.bm.DataplaneInterfaceGrpc;
import org.p4.bm.PacketStreamRequest;
import org.p4.bm.PacketStreamResponse;
import org.p4.bm.PortOperStatus;
import org.p4.bm.SetPortOperStatusRequest;
import org.p4.bm.SetPortOperStatusResponse;

/**
 * Packets in and out of a switch by gRPC, as BMv2 offers them with {@code --dp-grpc-server-addr}:
 * one client at a time. Unlike BMv2 it loses nothing: a client that does not read stops being read.
 */
public final class DataplaneServer implements AutoCloseable {

  private static final long CLOSE_MILLIS = 1000;

  private final Server server;

  private DataplaneServer(Server server) {
    this.server = server;
  }

  /**
   * Starts the service. Frames that result from packets of the control plane go to its client, too.
   *
   * @param address where to listen; port 0 picks a free one
   * @throws IOException if the address cannot be used
   */
  public static DataplaneServer start(InetSocketAddress address, EmbeddedSwitch device)
      throws IOException {
    return new DataplaneServer(
        NettyServerBuilder.forAddress(address).addService(new Service(device)).build().start());
  }

  /** The port that the server listens on. */
  public int port() {
    return server.getPort();
  }

  /** Ends the stream, and stops listening. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      var _ = server.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Service extends DataplaneInterfaceGrpc.DataplaneInterfaceImplBase {

    private final EmbeddedSwitch device;
    private final AtomicReference<@Nullable PacketClient> active = new AtomicReference<>();

    Service(EmbeddedSwitch device) {
      this.device = device;
    }

    @Override
    public StreamObserver<PacketStreamRequest> packetStream(
        StreamObserver<PacketStreamResponse> responses) {
      PacketClient client =
          new PacketClient(
              device, (ServerCallStreamObserver<PacketStreamResponse>) responses, active);
      if (active.compareAndSet(null, client)) {
        client.start();
      } else {
        client.refuse();
      }
      return client;
    }

    @Override
    public void setPortOperStatus(
        SetPortOperStatusRequest request, StreamObserver<SetPortOperStatusResponse> client) {
      if (request.getDeviceId() != device.deviceId()
          || request.getOperStatus() == PortOperStatus.OPER_STATUS_UNKNOWN) {
        client.onError(
            Status.INVALID_ARGUMENT
                .withDescription("expected device " + device.deviceId() + " and UP or DOWN")
                .asRuntimeException());
        return;
      }
      // No program of v1model sees the status of a port.
      client.onNext(SetPortOperStatusResponse.getDefaultInstance());
      client.onCompleted();
    }
  }

  /** The one client. gRPC calls it by one thread at a time; the switch calls it under its lock. */
  private static final class PacketClient implements StreamObserver<PacketStreamRequest> {

    private final EmbeddedSwitch device;
    private final ServerCallStreamObserver<PacketStreamResponse> responses;
    private final AtomicReference<@Nullable PacketClient> active;
    private boolean ended;

    PacketClient(
        EmbeddedSwitch device,
        ServerCallStreamObserver<PacketStreamResponse> responses,
        AtomicReference<@Nullable PacketClient> active) {
      this.device = device;
      this.responses = responses;
      this.active = active;
    }

    void start() {
      responses.setOnCancelHandler(this::leave);
      responses.disableAutoRequest();
      responses.setOnReadyHandler(() -> responses.request(1));
      device.connect((port, bytes, offset, length) -> send(0, port, bytes, offset, length));
    }

    void refuse() {
      synchronized (this) {
        ended = true;
      }
      responses.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("expected one client at a time; there is one already")
              .asRuntimeException());
    }

    private void leave() {
      if (active.compareAndSet(this, null)) {
        device.connect((_, _, _, _) -> {});
      }
    }

    @Override
    public void onNext(PacketStreamRequest request) {
      if (request.getDeviceId() == device.deviceId() && !request.getPacket().isEmpty()) {
        byte[] frame = request.getPacket().toByteArray();
        device.process(
            request.getPort(),
            frame,
            frame.length,
            device.uptimeMicros(),
            (port, bytes, offset, length) -> send(request.getId(), port, bytes, offset, length));
      }
      if (responses.isReady()) {
        responses.request(1);
      }
    }

    private synchronized void send(long id, int port, byte[] bytes, int offset, int length) {
      if (!ended && !responses.isCancelled()) {
        responses.onNext(
            PacketStreamResponse.newBuilder()
                .setId(id)
                .setDeviceId(device.deviceId())
                .setPort(port)
                .setPacket(ByteString.copyFrom(bytes, offset, length))
                .build());
      }
    }

    @Override
    public void onError(Throwable t) {
      leave();
    }

    @Override
    public void onCompleted() {
      leave();
      synchronized (this) {
        if (!ended) {
          ended = true;
          responses.onCompleted();
        }
      }
    }
  }
}
