package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.p4.v1.Action;
import org.p4.v1.ActionProfileMember;
import org.p4.v1.CounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.FieldMatch;
import org.p4.v1.Index;
import org.p4.v1.MulticastGroupEntry;
import org.p4.v1.PacketReplicationEngineEntry;
import org.p4.v1.Replica;
import org.p4.v1.TableAction;
import org.p4.v1.TableEntry;

/** A switch with the tests' program behind a server, a primary client, and entities to write. */
abstract class EntityTest {

  final EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options());
  private P4RuntimeServer server;
  TestClient client;

  @BeforeEach
  final void start() throws IOException, InterruptedException {
    server =
        P4RuntimeServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), device);
    client = TestClient.primary(server.port());
    client.push();
  }

  @AfterEach
  final void stop() {
    client.close();
    server.close();
  }

  Action forward(int port, int mark) {
    return Action.newBuilder()
        .setActionId(client.action("forward_and_mark"))
        .addParams(Action.Param.newBuilder().setParamId(1).setValue(bytes(port)))
        .addParams(Action.Param.newBuilder().setParamId(2).setValue(bytes(mark)))
        .build();
  }

  static TableAction direct(Action action) {
    return TableAction.newBuilder().setAction(action).build();
  }

  static Entity entity(TableEntry.Builder entry) {
    return Entity.newBuilder().setTableEntry(entry).build();
  }

  static FieldMatch exact(int id, int... value) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setExact(FieldMatch.Exact.newBuilder().setValue(bytes(value)))
        .build();
  }

  static FieldMatch lpm(int id, int length, int... value) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setLpm(FieldMatch.LPM.newBuilder().setValue(bytes(value)).setPrefixLen(length))
        .build();
  }

  static FieldMatch ternary(int id, ByteString value, ByteString mask) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setTernary(FieldMatch.Ternary.newBuilder().setValue(value).setMask(mask))
        .build();
  }

  TableEntry.Builder lpmEntry(int length, int mark, int... value) {
    return TableEntry.newBuilder()
        .setTableId(client.id("lpm_table"))
        .addMatch(lpm(1, length, value))
        .setAction(direct(forward(3, mark)));
  }

  TableEntry.Builder exactEntry(int b) {
    return TableEntry.newBuilder()
        .setTableId(client.id("exact_table"))
        .addMatch(exact(1, b))
        .addMatch(exact(2, 9))
        .setAction(
            direct(
                Action.newBuilder()
                    .setActionId(client.action("counted"))
                    .addParams(Action.Param.newBuilder().setParamId(1).setValue(bytes(2)))
                    .build()));
  }

  String send(String packet) {
    return Fixture.shown(Fixture.send(device, 1, packet));
  }

  /** The entries of all tables but those that the program wrote. */
  List<Entity> entries() {
    return client.read(entity(TableEntry.newBuilder())).stream()
        .filter(entry -> !entry.getTableEntry().getIsConst())
        .toList();
  }

  int counter() {
    return client.info.getCounters(0).getPreamble().getId();
  }

  Entity counterEntry(long index) {
    return Entity.newBuilder()
        .setCounterEntry(
            CounterEntry.newBuilder()
                .setCounterId(counter())
                .setIndex(Index.newBuilder().setIndex(index)))
        .build();
  }

  static Entity group(int id, Replica... replicas) {
    return Entity.newBuilder()
        .setPacketReplicationEngineEntry(
            PacketReplicationEngineEntry.newBuilder()
                .setMulticastGroupEntry(
                    MulticastGroupEntry.newBuilder()
                        .setMulticastGroupId(id)
                        .addAllReplicas(List.of(replicas))))
        .build();
  }

  static Replica replica(int port, int instance) {
    return Replica.newBuilder().setPort(bytes(port)).setInstance(instance).build();
  }

  int profile(boolean selector) {
    return client.info.getActionProfilesList().stream()
        .filter(profile -> profile.getWithSelector() == selector)
        .map(profile -> profile.getPreamble().getId())
        .findFirst()
        .orElseThrow();
  }

  Entity member(boolean selector, int id, Action action) {
    return Entity.newBuilder()
        .setActionProfileMember(
            ActionProfileMember.newBuilder()
                .setActionProfileId(profile(selector))
                .setMemberId(id)
                .setAction(action))
        .build();
  }
}
