package dev.scr.controlplane.dataplane;

import com.google.protobuf.ByteString;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.controlplane.session.SwitchUnreachable;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p4.bm.DataplaneInterfaceGrpc;
import org.p4.bm.PacketStreamRequest;
import org.p4.bm.PacketStreamResponse;

/**
 * All ports of one switch through one stream. {@link #send} is for one thread; received frames come
 * on a thread of the transport. A switch has one such client at a time.
 */
public final class PortStream implements AutoCloseable {
  private final ManagedChannel channel;
  private final SwitchAddress address;
  private final long deviceId;
  private final Observer observer;

  private PortStream(SwitchAddress address, long deviceId, FrameReceiver receiver) {
    this.address = address;
    this.deviceId = deviceId;
    this.channel =
        NettyChannelBuilder.forAddress(
                address.host(), address.port(), InsecureChannelCredentials.create())
            .build();
    this.observer = new Observer(receiver);
  }

  /**
   * Opens the stream.
   *
   * @param address where the switch serves its ports, a loopback address: packets are not protected
   * @throws IllegalArgumentException if the address is not this machine's
   */
  public static PortStream open(SwitchAddress address, long deviceId, FrameReceiver receiver) {
    if (!address.isLoopback()) {
      throw new IllegalArgumentException(address + ": expected a loopback address");
    }
    PortStream stream = new PortStream(address, deviceId, receiver);
    DataplaneInterfaceGrpc.newStub(stream.channel).packetStream(stream.observer);
    return stream;
  }

  /**
   * Whether the switch still takes frames. BMv2 refuses the stream until a pipeline runs, which
   * shows a moment after {@link #open}.
   */
  public boolean isOpen() {
    return observer.isOpen();
  }

  /**
   * Puts a frame on a port of the switch; waits while the transport is busy.
   *
   * @throws SwitchUnreachable if the stream has ended
   */
  public void send(int port, byte[] frame, int length) throws InterruptedException {
    PacketStreamRequest request =
        PacketStreamRequest.newBuilder()
            .setDeviceId(deviceId)
            .setPort(port)
            .setPacket(ByteString.copyFrom(frame, 0, length))
            .build();
    observer.awaitReady();
    observer.requests().onNext(request);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Observer
      implements ClientResponseObserver<PacketStreamRequest, PacketStreamResponse> {
    private final FrameReceiver receiver;
    private @Nullable ClientCallStreamObserver<PacketStreamRequest> requests;
    private @Nullable Status ended;

    Observer(FrameReceiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<PacketStreamRequest> stream) {
      requests = stream;
      stream.setOnReadyHandler(this::wake);
    }

    ClientCallStreamObserver<PacketStreamRequest> requests() {
      if (requests == null) {
        throw new IllegalStateException("the stream has not been opened");
      }
      return requests;
    }

    synchronized boolean isOpen() {
      return ended == null;
    }

    private synchronized void wake() {
      notifyAll();
    }

    synchronized void awaitReady() throws InterruptedException {
      while (ended == null && !requests().isReady()) {
        wait();
      }
      if (ended != null) {
        throw new SwitchUnreachable(address + ": the switch's ports are gone: " + ended);
      }
    }

    @Override
    public void onNext(PacketStreamResponse response) {
      receiver.frame(response.getPort(), response.getPacket().toByteArray());
    }

    @Override
    public void onError(Throwable failure) {
      end(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end(Status.OK.withDescription("closed by the switch"));
    }

    private synchronized void end(Status status) {
      ended = status;
      notifyAll();
    }
  }
}
