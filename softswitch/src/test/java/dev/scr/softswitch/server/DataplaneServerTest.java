package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.p4.bm.DataplaneInterfaceGrpc;
import org.p4.bm.PacketStreamRequest;
import org.p4.bm.PacketStreamResponse;
import org.p4.bm.PortOperStatus;
import org.p4.bm.SetPortOperStatusRequest;

/** Packets through the service that BMv2's harnesses use. */
class DataplaneServerTest {

  private static final String FRAME = "01 03 0000 00000000 000000000000 aabb";

  private final EmbeddedSwitch device = Fixture.device();
  private DataplaneServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    server =
        DataplaneServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), device);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  private StreamObserver<PacketStreamRequest> open(BlockingQueue<Object> heard) {
    return DataplaneInterfaceGrpc.newStub(channel)
        .packetStream(
            new StreamObserver<>() {
              @Override
              public void onNext(PacketStreamResponse response) {
                heard.add(response);
              }

              @Override
              public void onError(Throwable t) {
                heard.add(t);
              }

              @Override
              public void onCompleted() {
                heard.add("completed");
              }
            });
  }

  private static Object next(BlockingQueue<Object> heard) throws InterruptedException {
    return Objects.requireNonNull(heard.poll(20, TimeUnit.SECONDS), "nothing came");
  }

  private static PacketStreamRequest request(long id, String frame) {
    return PacketStreamRequest.newBuilder()
        .setId(id)
        .setDeviceId(1)
        .setPort(1)
        .setPacket(ByteString.copyFrom(Fixture.hex(frame)))
        .build();
  }

  @Test
  void eachFrameComesBackWithTheIdOfItsCause() throws InterruptedException {
    String expected = Fixture.shown(Fixture.send(Fixture.device(), 1, FRAME));
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    StreamObserver<PacketStreamRequest> stream = open(heard);
    for (int id = 1; id <= 200; id++) {
      stream.onNext(request(id, FRAME));
    }
    for (int id = 1; id <= 200; id++) {
      PacketStreamResponse response = (PacketStreamResponse) next(heard);
      assertEquals(id, response.getId());
      assertEquals(
          expected,
          response.getPort() + ":" + HexFormat.of().formatHex(response.getPacket().toByteArray()));
    }
    stream.onCompleted();
    assertEquals("completed", next(heard));
  }

  @Test
  void oneClientAtATime() throws InterruptedException {
    BlockingQueue<Object> first = new LinkedBlockingQueue<>();
    StreamObserver<PacketStreamRequest> stream = open(first);
    stream.onNext(request(1, FRAME));
    next(first);
    BlockingQueue<Object> second = new LinkedBlockingQueue<>();
    open(second);
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED,
        ((StatusRuntimeException) next(second)).getStatus().getCode());
    stream.onCompleted();
    assertEquals("completed", next(first));
    StreamObserver<PacketStreamRequest> third = open(second);
    third.onNext(request(7, FRAME));
    assertEquals(7, ((PacketStreamResponse) next(second)).getId());
  }

  @Test
  void theStatusOfAPort() {
    DataplaneInterfaceGrpc.DataplaneInterfaceBlockingStub rpc =
        DataplaneInterfaceGrpc.newBlockingStub(channel);
    SetPortOperStatusRequest.Builder request =
        SetPortOperStatusRequest.newBuilder()
            .setDeviceId(1)
            .setPort(1)
            .setOperStatus(PortOperStatus.OPER_STATUS_DOWN);
    var _ = rpc.setPortOperStatus(request.build());
    assertEquals(
        Status.Code.INVALID_ARGUMENT,
        assertThrows(
                StatusRuntimeException.class,
                () -> rpc.setPortOperStatus(request.setDeviceId(2).build()))
            .getStatus()
            .getCode());
  }
}
