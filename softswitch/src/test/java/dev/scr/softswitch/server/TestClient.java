package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.BatchErrors;
import dev.scr.softswitch.Fixture;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.p4.config.v1.P4Info;
import org.p4.v1.Entity;
import org.p4.v1.Error;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.P4RuntimeGrpc;
import org.p4.v1.ReadRequest;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.Uint128;
import org.p4.v1.Update;
import org.p4.v1.WriteRequest;

/** A plain P4Runtime client that does what tests say, right or wrong. */
final class TestClient implements AutoCloseable {

  private static final long SECONDS = 20;

  final ManagedChannel channel;
  final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  final StreamObserver<StreamMessageRequest> stream;
  final P4Info info = Fixture.p4Info();
  private final long electionId;

  TestClient(int port, long electionId) {
    this.electionId = electionId;
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMetadataSize(8 << 20)
            .build();
    rpc = P4RuntimeGrpc.newBlockingStub(channel);
    stream =
        P4RuntimeGrpc.newStub(channel)
            .streamChannel(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamMessageResponse message) {
                    heard.add(message);
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

  /** A client that is primary. */
  static TestClient primary(int port) throws InterruptedException {
    TestClient client = new TestClient(port, 1);
    assertEquals(Code.OK_VALUE, client.arbitrate().getStatus().getCode());
    return client;
  }

  Uint128 id() {
    return Uint128.newBuilder().setLow(electionId).build();
  }

  MasterArbitrationUpdate arbitrate() throws InterruptedException {
    sendArbitration();
    return next().getArbitration();
  }

  void sendArbitration() {
    stream.onNext(
        StreamMessageRequest.newBuilder()
            .setArbitration(MasterArbitrationUpdate.newBuilder().setDeviceId(1).setElectionId(id()))
            .build());
  }

  Object nextEvent() throws InterruptedException {
    Object event = heard.poll(SECONDS, TimeUnit.SECONDS);
    assertNotNull(event, "nothing came");
    return event;
  }

  StreamMessageResponse next() throws InterruptedException {
    Object event = nextEvent();
    if (event instanceof StreamMessageResponse message) {
      return message;
    }
    throw new AssertionError("expected a message, found " + event);
  }

  static ForwardingPipelineConfig.Builder config() {
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(Fixture.p4Info())
        .setP4DeviceConfig(ByteString.copyFrom(Fixture.json()))
        .setCookie(ForwardingPipelineConfig.Cookie.newBuilder().setCookie(77));
  }

  void set(
      SetForwardingPipelineConfigRequest.Action action, ForwardingPipelineConfig.Builder config) {
    var _ =
        rpc.setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(1)
                .setElectionId(id())
                .setAction(action)
                .setConfig(config)
                .build());
  }

  void push() {
    set(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, config());
  }

  int id(String name) {
    return info.getTablesList().stream()
        .filter(table -> table.getPreamble().getAlias().equals(name))
        .map(table -> table.getPreamble().getId())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no table " + name));
  }

  int action(String name) {
    return info.getActionsList().stream()
        .filter(action -> action.getPreamble().getAlias().equals(name))
        .map(action -> action.getPreamble().getId())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no action " + name));
  }

  void write(Update.Type type, Entity... entities) {
    WriteRequest.Builder request = WriteRequest.newBuilder().setDeviceId(1).setElectionId(id());
    for (Entity entity : entities) {
      request.addUpdates(Update.newBuilder().setType(type).setEntity(entity));
    }
    var _ = rpc.write(request.build());
  }

  /** The canonical code of each update of a batch. */
  List<Code> codes(Update.Type type, Entity... entities) {
    try {
      write(type, entities);
    } catch (StatusRuntimeException e) {
      List<Error> errors = BatchErrors.decode(e, entities.length);
      assertEquals(entities.length, errors.size(), () -> "details of " + e);
      return errors.stream().map(error -> Code.forNumber(error.getCanonicalCode())).toList();
    }
    return java.util.Collections.nCopies(entities.length, Code.OK);
  }

  Code code(Update.Type type, Entity entity) {
    return codes(type, entity).getFirst();
  }

  List<Entity> read(Entity... filters) {
    List<Entity> found = new ArrayList<>();
    rpc.read(ReadRequest.newBuilder().setDeviceId(1).addAllEntities(List.of(filters)).build())
        .forEachRemaining(response -> found.addAll(response.getEntitiesList()));
    return found;
  }

  static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      var _ = channel.awaitTermination(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
