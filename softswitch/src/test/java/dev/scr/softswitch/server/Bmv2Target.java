package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.stf.EmbeddedTarget;
import dev.scr.softswitch.stf.StfCommand;
import dev.scr.softswitch.stf.StfTarget;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p4.bm.DataplaneInterfaceGrpc;
import org.p4.bm.PacketStreamRequest;
import org.p4.bm.PacketStreamResponse;
import org.p4.v1.CloneSessionEntry;
import org.p4.v1.CounterEntry;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.Index;
import org.p4.v1.MulticastGroupEntry;
import org.p4.v1.PacketReplicationEngineEntry;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/**
 * A real simple_switch_grpc as a target of STF tests. An embedded switch beside it takes every
 * command first; whatever that changes there, as P4Runtime reads it, is written to BMv2. So one
 * test of the embedded switch becomes a comparison of the two.
 */
final class Bmv2Target implements StfTarget, AutoCloseable {

  private static final long START_MILLIS = 20_000;
  private static final long FRAME_MILLIS = 5_000;
  private static final long QUIET_MILLIS = 30;

  private final Process process;
  private final TestClient client;
  private final ManagedChannel ports;
  private final StreamObserver<PacketStreamRequest> stream;
  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final EmbeddedSwitch shadowSwitch = new EmbeddedSwitch(1, Fixture.options());
  private final SwitchPipeline shadowPipeline = Fixture.pipeline();
  private final EmbeddedTarget shadow = new EmbeddedTarget(shadowSwitch, shadowPipeline);
  private final Map<Entity, Entity> known = new LinkedHashMap<>();
  private final Map<String, TableEntry> labels = new HashMap<>();

  private Bmv2Target(Process process, TestClient client, ManagedChannel ports) {
    this.process = process;
    this.client = client;
    this.ports = ports;
    stream =
        DataplaneInterfaceGrpc.newStub(ports)
            .packetStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PacketStreamResponse frame) {
                    frames.add(new Frame(frame.getPort(), frame.getPacket().toByteArray()));
                  }

                  @Override
                  public void onError(Throwable t) {}

                  @Override
                  public void onCompleted() {}
                });
    state().forEach(entity -> known.put(key(entity), entity));
  }

  static Bmv2Target start(String executable) throws IOException, InterruptedException {
    int port = freePort();
    int packetPort = freePort();
    Process process =
        new ProcessBuilder(
                executable,
                "--no-p4",
                "--device-id",
                "1",
                "-L",
                "off",
                "--thrift-port",
                String.valueOf(freePort()),
                "--",
                "--cpu-port",
                String.valueOf(Fixture.CPU_PORT),
                "--grpc-server-addr",
                "127.0.0.1:" + port,
                "--dp-grpc-server-addr",
                "127.0.0.1:" + packetPort)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    awaitPort(process, port);
    awaitPort(process, packetPort);
    TestClient client = TestClient.primary(port);
    client.push();
    ManagedChannel ports =
        NettyChannelBuilder.forAddress("127.0.0.1", packetPort).usePlaintext().build();
    return new Bmv2Target(process, client, ports);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(Process process, int port) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    while (System.nanoTime() < deadline && process.isAlive()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setTcpNoDelay(true);
        return;
      } catch (IOException _) {
        Thread.sleep(20);
      }
    }
    process.destroy();
    throw new AssertionError("simple_switch_grpc did not start");
  }

  /** What the shadow holds, as P4Runtime shows it. */
  private List<Entity> state() {
    PipelineNames names = shadowPipeline.names();
    return shadowSwitch.locked(() -> {
      Entities entities = new Entities(shadowSwitch, names, new DigestQueues(names));
      List<Entity> found = new ArrayList<>();
      entities.read(table(false), found::add);
      entities.read(table(true), found::add);
      entities.read(replication(MulticastGroupEntry.getDefaultInstance(), null), found::add);
      entities.read(replication(null, CloneSessionEntry.getDefaultInstance()), found::add);
      return found;
    });
  }

  private static Entity table(boolean defaults) {
    return Entity.newBuilder()
        .setTableEntry(TableEntry.newBuilder().setIsDefaultAction(defaults))
        .build();
  }

  private static Entity replication(
      @Nullable MulticastGroupEntry group, @Nullable CloneSessionEntry session) {
    PacketReplicationEngineEntry.Builder entry = PacketReplicationEngineEntry.newBuilder();
    if (group != null) {
      entry.setMulticastGroupEntry(group);
    }
    if (session != null) {
      entry.setCloneSessionEntry(session);
    }
    return Entity.newBuilder().setPacketReplicationEngineEntry(entry).build();
  }

  /** The entity without what may change about it. */
  private static Entity key(Entity entity) {
    if (entity.hasTableEntry()) {
      return Entity.newBuilder()
          .setTableEntry(entity.getTableEntry().toBuilder().clearAction().clearIsConst())
          .build();
    }
    PacketReplicationEngineEntry entry = entity.getPacketReplicationEngineEntry();
    return entry.hasMulticastGroupEntry()
        ? replication(entry.getMulticastGroupEntry().toBuilder().clearReplicas().build(), null)
        : replication(null, entry.getCloneSessionEntry().toBuilder().clearReplicas().build());
  }

  @Override
  public void configure(StfCommand command) {
    shadow.configure(command);
    for (Entity entity : state()) {
      Entity before = known.put(key(entity), entity);
      if (!entity.equals(before)) {
        client.write(before == null ? Update.Type.INSERT : Update.Type.MODIFY, entity);
        if (command instanceof StfCommand.AddEntry add && add.label().isPresent()) {
          labels.put(add.label().get(), entity.getTableEntry());
        }
      }
    }
  }

  @Override
  public List<Frame> send(int port, byte[] bytes) {
    int expected = sendOnly(port, bytes).size();
    return receive(expected);
  }

  /** Sends a frame and gives what the embedded switch makes of it. */
  List<Frame> sendOnly(int port, byte[] bytes) {
    stream.onNext(
        PacketStreamRequest.newBuilder()
            .setDeviceId(1)
            .setPort(port)
            .setPacket(ByteString.copyFrom(bytes))
            .build());
    return shadow.send(port, bytes);
  }

  /** Takes that many frames from BMv2, and more if there are. */
  List<Frame> receive(int expected) {
    List<Frame> received = new ArrayList<>();
    try {
      while (true) {
        long wait = received.size() < expected ? FRAME_MILLIS : QUIET_MILLIS;
        Frame frame = frames.poll(wait, TimeUnit.MILLISECONDS);
        if (frame == null) {
          return received;
        }
        received.add(frame);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return received;
    }
  }

  @Override
  public long counter(StfCommand.CheckCounter check) {
    TableEntry entry = labels.get(check.index().replace("$", ""));
    var data =
        entry != null
            ? client
                .read(
                    Entity.newBuilder()
                        .setDirectCounterEntry(
                            DirectCounterEntry.newBuilder()
                                .setTableEntry(entry.toBuilder().clearAction()))
                        .build())
                .getFirst()
                .getDirectCounterEntry()
                .getData()
            : client
                .read(
                    Entity.newBuilder()
                        .setCounterEntry(
                            CounterEntry.newBuilder()
                                .setCounterId(client.info.getCounters(0).getPreamble().getId())
                                .setIndex(
                                    Index.newBuilder().setIndex(Long.parseLong(check.index()))))
                        .build())
                .getFirst()
                .getCounterEntry()
                .getData();
    return check.bytes() ? data.getByteCount() : data.getPacketCount();
  }

  @Override
  public void close() {
    ports.shutdownNow();
    client.close();
    process.destroy();
  }
}
