package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.BatchErrors;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.p4.v1.Action;
import org.p4.v1.ActionProfileAction;
import org.p4.v1.ActionProfileActionSet;
import org.p4.v1.ActionProfileGroup;
import org.p4.v1.ActionProfileMember;
import org.p4.v1.CloneSessionEntry;
import org.p4.v1.CounterData;
import org.p4.v1.CounterEntry;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.FieldMatch;
import org.p4.v1.Index;
import org.p4.v1.MeterConfig;
import org.p4.v1.MeterEntry;
import org.p4.v1.MulticastGroupEntry;
import org.p4.v1.P4Data;
import org.p4.v1.PacketReplicationEngineEntry;
import org.p4.v1.RegisterEntry;
import org.p4.v1.Replica;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.TableAction;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;
import org.p4.v1.ValueSetEntry;
import org.p4.v1.ValueSetMember;

/** Writes and reads of every entity, with the codes that the specification wants. */
class EntitiesTest {

  private final EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options());
  private P4RuntimeServer server;
  private TestClient client;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    server =
        P4RuntimeServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), device);
    client = TestClient.primary(server.port());
    client.push();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Action forward(int port, int mark) {
    return Action.newBuilder()
        .setActionId(client.action("forward_and_mark"))
        .addParams(Action.Param.newBuilder().setParamId(1).setValue(bytes(port)))
        .addParams(Action.Param.newBuilder().setParamId(2).setValue(bytes(mark)))
        .build();
  }

  private static TableAction direct(Action action) {
    return TableAction.newBuilder().setAction(action).build();
  }

  private static Entity entity(TableEntry.Builder entry) {
    return Entity.newBuilder().setTableEntry(entry).build();
  }

  private static FieldMatch exact(int id, int... value) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setExact(FieldMatch.Exact.newBuilder().setValue(bytes(value)))
        .build();
  }

  private static FieldMatch lpm(int id, int length, int... value) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setLpm(FieldMatch.LPM.newBuilder().setValue(bytes(value)).setPrefixLen(length))
        .build();
  }

  private static FieldMatch ternary(int id, ByteString value, ByteString mask) {
    return FieldMatch.newBuilder()
        .setFieldId(id)
        .setTernary(FieldMatch.Ternary.newBuilder().setValue(value).setMask(mask))
        .build();
  }

  private TableEntry.Builder lpmEntry(int length, int mark, int... value) {
    return TableEntry.newBuilder()
        .setTableId(client.id("lpm_table"))
        .addMatch(lpm(1, length, value))
        .setAction(direct(forward(3, mark)));
  }

  private TableEntry.Builder exactEntry(int b) {
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

  private String send(String packet) {
    return Fixture.shown(Fixture.send(device, 1, packet));
  }

  /** The entries of all tables but those that the program wrote. */
  private List<Entity> entries() {
    return client.read(entity(TableEntry.newBuilder())).stream()
        .filter(entry -> !entry.getTableEntry().getIsConst())
        .toList();
  }

  @Test
  void entriesCanBeInsertedModifiedReadAndDeleted() {
    Entity entry = entity(lpmEntry(8, 5, 10, 0, 0, 0).setMetadata(bytes(1, 2)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entry));
    assertEquals(
        "3:1300000000000005".concat("000000000000"), send("13 00 0000 0a010203 000000000000"));
    assertEquals(List.of(entry), entries());
    assertEquals(Code.ALREADY_EXISTS, client.code(Update.Type.INSERT, entry));
    Entity changed = entity(lpmEntry(8, 6, 10, 0, 0, 0));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, changed));
    assertEquals(
        List.of(changed),
        client.read(entity(TableEntry.newBuilder().setTableId(client.id("lpm_table")))));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, changed));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.DELETE, changed));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.MODIFY, changed));
    assertEquals("", send("13 00 0000 0a010203 000000000000"));
  }

  @Test
  void eachUpdateHasItsOwnCodeAndTheOthersGoOn() {
    TableEntry.Builder good = lpmEntry(8, 5, 10, 0, 0, 0);
    List<Code> codes =
        client.codes(
            Update.Type.INSERT,
            entity(good),
            entity(good),
            entity(lpmEntry(33, 1, 10, 0, 0, 0)),
            entity(lpmEntry(0, 1, 0)),
            entity(lpmEntry(8, 1, 10, 0, 0, 1)),
            entity(lpmEntry(8, 1, 1, 0, 0, 0, 0)),
            entity(lpmEntry(8, 1)),
            entity(TableEntry.newBuilder().setTableId(0x02ffffff)),
            entity(good.clone().setPriority(1)),
            entity(good.clone().clearAction()),
            entity(good.clone().clearMatch().addMatch(lpm(7, 8, 1))),
            entity(good.clone().addMatch(lpm(1, 8, 1))),
            entity(good.clone().setIsConst(true)),
            entity(good.clone().setIsDefaultAction(true)),
            Entity.getDefaultInstance(),
            entity(lpmEntry(8, 7, 11, 0, 0, 0)));
    assertEquals(
        List.of(
            Code.OK,
            Code.ALREADY_EXISTS,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.OUT_OF_RANGE,
            Code.INVALID_ARGUMENT,
            Code.NOT_FOUND,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.OK),
        codes);
    assertEquals(2, entries().size());
  }

  @Test
  void actionsAreChecked() {
    TableEntry.Builder entry = lpmEntry(8, 5, 10, 0, 0, 0);
    Action good = forward(1, 1);
    assertEquals(
        List.of(
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.INVALID_ARGUMENT,
            Code.OUT_OF_RANGE,
            Code.INVALID_ARGUMENT),
        client.codes(
            Update.Type.INSERT,
            entity(
                entry
                    .clone()
                    .setAction(
                        direct(good.toBuilder().setActionId(client.action("counted")).build()))),
            entity(entry.clone().setAction(direct(good.toBuilder().removeParams(1).build()))),
            entity(
                entry
                    .clone()
                    .setAction(
                        direct(
                            good.toBuilder()
                                .addParams(
                                    Action.Param.newBuilder().setParamId(9).setValue(bytes(1)))
                                .build()))),
            entity(
                entry
                    .clone()
                    .setAction(
                        direct(
                            good.toBuilder()
                                .setParams(
                                    0,
                                    Action.Param.newBuilder().setParamId(1).setValue(bytes(2, 0)))
                                .build()))),
            entity(entry.clone().setAction(TableAction.newBuilder().setActionProfileMemberId(1)))));
    TableEntry.Builder exact =
        exactEntry(1)
            .setAction(direct(Action.newBuilder().setActionId(client.action("NoAction")).build()));
    assertEquals(Code.PERMISSION_DENIED, client.code(Update.Type.INSERT, entity(exact)));
  }

  @Test
  void valuesNeedNotBeCanonicalAndComeBackCanonical() {
    assertEquals(
        Code.OK, client.code(Update.Type.INSERT, entity(lpmEntry(32, 1, 0, 0, 0, 0, 0, 7))));
    TableEntry read = entries().getFirst().getTableEntry();
    assertEquals(bytes(7), read.getMatch(0).getLpm().getValue());
  }

  @Test
  void tablesWithPrioritiesNeedThem() {
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("ternary_table"))
            .addMatch(ternary(1, bytes(1), bytes(0x0f)))
            .setAction(direct(forward(4, 1)));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry.clone().setPriority(10))));
    TableEntry.Builder higher =
        entry
            .clone()
            .setPriority(20)
            .clearMatch()
            .addMatch(ternary(1, bytes(1), bytes(1)))
            .setAction(direct(forward(5, 2)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(higher)));
    assertEquals(
        "5:14010000000000020".concat("00000000000"), send("14 01 0000 00000000 000000000000"));
    assertEquals(
        List.of(entity(higher)),
        client.read(
            entity(
                TableEntry.newBuilder().setTableId(client.id("ternary_table")).setPriority(20))));
    assertEquals(
        List.of(Code.INVALID_ARGUMENT, Code.INVALID_ARGUMENT),
        client.codes(
            Update.Type.INSERT,
            entity(entry.clone().setPriority(1).setMatch(0, ternary(1, bytes(0), bytes(0)))),
            entity(entry.clone().setPriority(1).setMatch(0, ternary(1, bytes(2), bytes(1))))));
  }

  @Test
  void rangesAndOptionals() {
    TableEntry.Builder range =
        TableEntry.newBuilder()
            .setTableId(client.id("range_table"))
            .setPriority(1)
            .addMatch(range(bytes(1, 0), bytes(2, 0)))
            .addMatch(exact(2, 7))
            .setAction(direct(forward(4, 1)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(range)));
    assertEquals(
        "4:15070180000000010".concat("00000000000"), send("15 07 0180 00000000 000000000000"));
    assertEquals("", send("15 07 0201 00000000 000000000000"));
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(
            Update.Type.INSERT, entity(range.clone().setMatch(0, range(bytes(2), bytes(1))))));
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(
            Update.Type.INSERT,
            entity(range.clone().setMatch(0, range(bytes(0), bytes(255, 255))))));
    assertEquals(List.of(entity(range)), entries());
    client.write(Update.Type.DELETE, entity(range));

    TableEntry.Builder optional =
        TableEntry.newBuilder()
            .setTableId(client.id("optional_table"))
            .setPriority(1)
            .addMatch(
                FieldMatch.newBuilder()
                    .setFieldId(2)
                    .setOptional(FieldMatch.Optional.newBuilder().setValue(bytes(5))))
            .setAction(direct(forward(4, 1)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(optional)));
    assertEquals(
        "4:16ff0005000000010".concat("00000000000"), send("16 ff 0005 00000000 000000000000"));
    assertEquals(List.of(entity(optional)), entries());
  }

  private static FieldMatch range(ByteString low, ByteString high) {
    return FieldMatch.newBuilder()
        .setFieldId(1)
        .setRange(FieldMatch.Range.newBuilder().setLow(low).setHigh(high))
        .build();
  }

  @Test
  void defaultEntriesCanBeModifiedAndReset() {
    TableEntry.Builder ports =
        TableEntry.newBuilder().setTableId(client.id("ports")).setIsDefaultAction(true);
    Action forward =
        Action.newBuilder()
            .setActionId(client.action("forward"))
            .addParams(Action.Param.newBuilder().setParamId(1).setValue(bytes(4)))
            .build();
    assertEquals(
        "7:1e00000000000000".concat("000000000000"), send("1e 00 0000 00000000 000000000000"));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, entity(ports)));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.DELETE, entity(ports)));
    assertEquals(
        Code.OK, client.code(Update.Type.MODIFY, entity(ports.clone().setAction(direct(forward)))));
    assertEquals(
        "4:1e00000000000000".concat("000000000000"), send("1e 00 0000 00000000 000000000000"));
    assertEquals(
        List.of(entity(ports.clone().setAction(direct(forward)))), client.read(entity(ports)));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, entity(ports)));
    assertEquals(
        "7:1e00000000000000".concat("000000000000"), send("1e 00 0000 00000000 000000000000"));
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(
            Update.Type.INSERT,
            entity(
                TableEntry.newBuilder()
                    .setTableId(client.id("ports"))
                    .setAction(direct(forward)))));
    TableEntry.Builder fixed =
        TableEntry.newBuilder()
            .setTableId(client.id("ternary_table"))
            .setIsDefaultAction(true)
            .setAction(direct(forward(1, 1)));
    assertEquals(Code.PERMISSION_DENIED, client.code(Update.Type.MODIFY, entity(fixed)));
    assertEquals(10, client.read(entity(TableEntry.newBuilder().setIsDefaultAction(true))).size());
  }

  @Test
  void entriesOfTheProgramCanBeReadAndNotChanged() {
    List<Entity> entries =
        client.read(entity(TableEntry.newBuilder().setTableId(client.id("constant_table"))));
    assertEquals(3, entries.size());
    assertEquals(
        List.of(3, 2, 1),
        entries.stream().map(entry -> entry.getTableEntry().getPriority()).toList());
    assertTrue(entries.getFirst().getTableEntry().getIsConst());
    TableEntry.Builder first = entries.getFirst().getTableEntry().toBuilder().setIsConst(false);
    assertEquals(Code.PERMISSION_DENIED, client.code(Update.Type.DELETE, entity(first)));
    assertEquals(Code.PERMISSION_DENIED, client.code(Update.Type.MODIFY, entity(first)));
    assertEquals(
        Code.PERMISSION_DENIED,
        client.code(Update.Type.INSERT, entity(first.clone().setPriority(9))));
  }

  @Test
  void aFullTableSaysSo() {
    List<Entity> entities = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      entities.add(entity(exactEntry(i)));
    }
    assertEquals(
        List.of(Code.OK, Code.OK, Code.OK, Code.OK, Code.RESOURCE_EXHAUSTED),
        client.codes(Update.Type.INSERT, entities.toArray(Entity[]::new)));
  }

  @Test
  void directCountersAndMeters() {
    client.write(
        Update.Type.INSERT,
        entity(
            exactEntry(1)
                .setCounterData(CounterData.newBuilder().setPacketCount(10).setByteCount(100))
                .setMeterConfig(
                    MeterConfig.newBuilder().setCir(1).setCburst(14).setPir(1).setPburst(28))));
    assertEquals(
        "2:12000001000000010".concat("00000000009"), send("12 02 0001 00000000 000000000009"));
    assertEquals(
        "2:12010001000000010".concat("00000000009"), send("12 02 0001 00000000 000000000009"));
    assertEquals(
        "2:12020001000000010".concat("00000000009"), send("12 02 0001 00000000 000000000009"));
    TableEntry.Builder key = exactEntry(1).clearAction();
    DirectCounterEntry.Builder counter = DirectCounterEntry.newBuilder().setTableEntry(key);
    Entity read =
        client.read(Entity.newBuilder().setDirectCounterEntry(counter).build()).getFirst();
    assertEquals(13, read.getDirectCounterEntry().getData().getPacketCount());
    assertEquals(142, read.getDirectCounterEntry().getData().getByteCount());
    client.write(
        Update.Type.MODIFY,
        Entity.newBuilder()
            .setDirectCounterEntry(
                counter.clone().setData(CounterData.newBuilder().setPacketCount(1)))
            .build());
    TableEntry whole =
        client
            .read(
                entity(
                    TableEntry.newBuilder()
                        .setTableId(client.id("exact_table"))
                        .setCounterData(CounterData.getDefaultInstance())
                        .setMeterConfig(MeterConfig.getDefaultInstance())))
            .getFirst()
            .getTableEntry();
    assertEquals(1, whole.getCounterData().getPacketCount());
    assertEquals(28, whole.getMeterConfig().getPburst());
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(
            Update.Type.INSERT,
            entity(lpmEntry(8, 1, 10, 0, 0, 0).setCounterData(CounterData.getDefaultInstance()))));
  }

  private int counter() {
    return client.info.getCounters(0).getPreamble().getId();
  }

  private Entity counterEntry(long index) {
    return Entity.newBuilder()
        .setCounterEntry(
            CounterEntry.newBuilder()
                .setCounterId(counter())
                .setIndex(Index.newBuilder().setIndex(index)))
        .build();
  }

  @Test
  void countersCanBeReadAndSet() {
    var _ = send("09 01 0002 00000000 000000000000");
    CounterEntry two = client.read(counterEntry(2)).getFirst().getCounterEntry();
    assertEquals(1, two.getData().getPacketCount());
    assertEquals(14, two.getData().getByteCount());
    assertEquals(
        4,
        client.read(Entity.newBuilder().setCounterEntry(CounterEntry.newBuilder()).build()).size());
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, counterEntry(0)));
    assertEquals(Code.OUT_OF_RANGE, client.code(Update.Type.MODIFY, counterEntry(4)));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.MODIFY, counterEntry(-1)));
    client.write(
        Update.Type.MODIFY,
        Entity.newBuilder()
            .setCounterEntry(
                CounterEntry.newBuilder()
                    .setCounterId(counter())
                    .setData(CounterData.newBuilder().setPacketCount(5)))
            .build());
    assertEquals(
        5, client.read(counterEntry(3)).getFirst().getCounterEntry().getData().getPacketCount());
  }

  @Test
  void metersColorPackets() {
    int id = client.info.getMeters(0).getPreamble().getId();
    Entity meter =
        Entity.newBuilder()
            .setMeterEntry(
                MeterEntry.newBuilder()
                    .setMeterId(id)
                    .setIndex(Index.newBuilder().setIndex(1))
                    .setConfig(
                        MeterConfig.newBuilder().setCir(1).setCburst(1).setPir(1).setPburst(2)))
            .build();
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, meter));
    assertEquals(
        "1:0a01000100000000".concat("000000000000"), send("0a 01 0001 ffffffff 000000000000"));
    assertEquals(
        "1:0a01000100000001".concat("000000000000"), send("0a 01 0001 ffffffff 000000000000"));
    assertEquals(
        "1:0a01000100000002".concat("000000000000"), send("0a 01 0001 ffffffff 000000000000"));
    assertEquals(
        "1:0a01000200000000".concat("000000000000"), send("0a 01 0002 ffffffff 000000000000"));
    assertTrue(
        client
            .read(Entity.newBuilder().setMeterEntry(MeterEntry.newBuilder()).build())
            .contains(meter));
  }

  private Entity register(String name, long index, ByteString value) {
    int id =
        client.info.getRegistersList().stream()
            .filter(register -> register.getPreamble().getAlias().equals(name))
            .map(register -> register.getPreamble().getId())
            .findFirst()
            .orElseThrow();
    return Entity.newBuilder()
        .setRegisterEntry(
            RegisterEntry.newBuilder()
                .setRegisterId(id)
                .setIndex(Index.newBuilder().setIndex(index))
                .setData(P4Data.newBuilder().setBitstring(value)))
        .build();
  }

  @Test
  void registersCanBeReadAndSet() {
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, register("cells", 3, bytes(0x10))));
    assertEquals(
        "1:0801000300000011".concat("000000000000"), send("08 01 0003 00000001 000000000000"));
    assertEquals(
        List.of(register("cells", 3, bytes(0x11))), client.read(register("cells", 3, bytes(0))));
    assertEquals(
        List.of(register("signed_cells", 0, bytes(0xff))),
        client.read(register("signed_cells", 0, bytes(0))));
    assertEquals(
        Code.OUT_OF_RANGE, client.code(Update.Type.MODIFY, register("cells", 8, bytes(0))));
    assertEquals(
        Code.OUT_OF_RANGE,
        client.code(Update.Type.MODIFY, register("cells", 0, bytes(1, 0, 0, 0, 0))));
    assertEquals(
        Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, register("cells", 0, bytes(0))));
    assertEquals(
        Code.OUT_OF_RANGE,
        client.code(Update.Type.MODIFY, register("signed_cells", 0, bytes(0, 0x80, 0))));
    assertEquals(
        Code.OK, client.code(Update.Type.MODIFY, register("signed_cells", 1, bytes(0x80, 0))));
    assertEquals(
        12,
        client
            .read(Entity.newBuilder().setRegisterEntry(RegisterEntry.newBuilder()).build())
            .size());
    ByteString wide = bytes(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, register("wide_cells", 0, wide)));
    assertEquals(
        List.of(register("wide_cells", 0, wide)), client.read(register("wide_cells", 0, bytes(0))));
  }

  private static Entity group(int id, Replica... replicas) {
    return Entity.newBuilder()
        .setPacketReplicationEngineEntry(
            PacketReplicationEngineEntry.newBuilder()
                .setMulticastGroupEntry(
                    MulticastGroupEntry.newBuilder()
                        .setMulticastGroupId(id)
                        .addAllReplicas(List.of(replicas))))
        .build();
  }

  private static Replica replica(int port, int instance) {
    return Replica.newBuilder().setPort(bytes(port)).setInstance(instance).build();
  }

  @Test
  @SuppressWarnings("deprecation")
  void multicastGroups() {
    Entity group = group(9, replica(3, 1), replica(4, 2));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, group));
    assertEquals(Code.ALREADY_EXISTS, client.code(Update.Type.INSERT, group));
    assertEquals(
        "3:03000009000000010".concat("00000000005 4:03000009000000020").concat("00000000005"),
        send("03 00 0009 00000000 000000000000"));
    assertEquals(List.of(group), client.read(group(0)));
    Entity numbered = group(8, Replica.newBuilder().setEgressPort(5).setInstance(1).build());
    assertEquals(Code.OK, client.code(Update.Type.INSERT, numbered));
    assertEquals(List.of(numbered), client.read(group(8)));
    assertEquals(
        List.of(Code.INVALID_ARGUMENT, Code.INVALID_ARGUMENT, Code.INVALID_ARGUMENT),
        client.codes(
            Update.Type.INSERT,
            group(0, replica(1, 1)),
            group(7, replica(1, 1), replica(1, 1)),
            group(7, Replica.newBuilder().setPort(bytes(2, 0)).build())));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, group));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.DELETE, group));
    assertEquals("", send("03 00 0009 00000000 000000000000"));
  }

  @Test
  void cloneSessions() {
    Entity session =
        Entity.newBuilder()
            .setPacketReplicationEngineEntry(
                PacketReplicationEngineEntry.newBuilder()
                    .setCloneSessionEntry(
                        CloneSessionEntry.newBuilder()
                            .setSessionId(5)
                            .addReplicas(replica(4, 1))
                            .setPacketLengthBytes(2)))
            .build();
    assertEquals(Code.OK, client.code(Update.Type.INSERT, session));
    assertEquals("4:0402 2:0402000500000000000000000000", send("04 02 0005 00000000 010203040506"));
    assertEquals(List.of(session), client.read(session));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, session));
  }

  @Test
  void valueSets() {
    int id = client.info.getValueSets(0).getPreamble().getId();
    ValueSetEntry.Builder set =
        ValueSetEntry.newBuilder()
            .setValueSetId(id)
            .addMembers(ValueSetMember.newBuilder().addMatch(exact(1, 0x12, 0x34)));
    Entity entity = Entity.newBuilder().setValueSetEntry(set).build();
    assertEquals("1:ff01123400000000000000000000", send("ff 01 1234 00000000 000000000000"));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, entity));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, entity));
    assertEquals("1:ff01123400000000000000000002", send("ff 01 1234 00000000 000000000000"));
    assertEquals(List.of(entity), client.read(entity));
    assertEquals(
        Code.ALREADY_EXISTS,
        client.code(
            Update.Type.MODIFY,
            Entity.newBuilder()
                .setValueSetEntry(set.clone().addMembers(set.getMembers(0)))
                .build()));
    for (int i = 0; i < 4; i++) {
      set.addMembers(ValueSetMember.newBuilder().addMatch(exact(1, i)));
    }
    assertEquals(
        Code.RESOURCE_EXHAUSTED,
        client.code(Update.Type.MODIFY, Entity.newBuilder().setValueSetEntry(set).build()));
  }

  private int profile(boolean selector) {
    return client.info.getActionProfilesList().stream()
        .filter(profile -> profile.getWithSelector() == selector)
        .map(profile -> profile.getPreamble().getId())
        .findFirst()
        .orElseThrow();
  }

  private Entity member(boolean selector, int id, Action action) {
    return Entity.newBuilder()
        .setActionProfileMember(
            ActionProfileMember.newBuilder()
                .setActionProfileId(profile(selector))
                .setMemberId(id)
                .setAction(action))
        .build();
  }

  @Test
  void actionProfiles() {
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("profile_table"))
            .addMatch(exact(1, 5))
            .setAction(TableAction.newBuilder().setActionProfileMemberId(1));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, member(false, 1, forward(4, 9))));
    assertEquals(
        Code.ALREADY_EXISTS, client.code(Update.Type.INSERT, member(false, 1, forward(4, 9))));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(
        "4:1d00000500000009".concat("000000000002"), send("1d 00 0005 00000000 000000000000"));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, member(false, 1, forward(5, 8))));
    assertEquals(
        "5:1d00000500000008".concat("000000000002"), send("1d 00 0005 00000000 000000000000"));
    assertEquals(
        Code.FAILED_PRECONDITION, client.code(Update.Type.DELETE, member(false, 1, forward(5, 8))));
    assertEquals(List.of(entity(entry)), entries());
    client.write(Update.Type.DELETE, entity(entry));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, member(false, 1, forward(5, 8))));
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(Update.Type.INSERT, entity(entry.clone().setAction(direct(forward(1, 1))))));
  }

  @Test
  void selectorsPickByHashAndWeight() {
    client.write(
        Update.Type.INSERT, member(true, 1, forward(1, 1)), member(true, 2, forward(2, 2)));
    ActionProfileGroup.Builder group =
        ActionProfileGroup.newBuilder()
            .setActionProfileId(profile(true))
            .setGroupId(7)
            .setMaxSize(4)
            .addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(1).setWeight(3))
            .addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(2).setWeight(1));
    Entity groupEntity = Entity.newBuilder().setActionProfileGroup(group).build();
    assertEquals(Code.OK, client.code(Update.Type.INSERT, groupEntity));
    assertEquals(
        Code.FAILED_PRECONDITION, client.code(Update.Type.DELETE, member(true, 1, forward(1, 1))));
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("selector_table"))
            .addMatch(exact(1, 5))
            .setAction(TableAction.newBuilder().setActionProfileGroupId(7));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(List.of(groupEntity), client.read(groupEntity));
    checkSpread();
    client.write(Update.Type.DELETE, entity(entry));

    ActionProfileActionSet.Builder set =
        ActionProfileActionSet.newBuilder()
            .addActionProfileActions(
                ActionProfileAction.newBuilder().setAction(forward(1, 1)).setWeight(3))
            .addActionProfileActions(
                ActionProfileAction.newBuilder().setAction(forward(2, 2)).setWeight(1));
    Entity oneShot =
        entity(entry.clone().setAction(TableAction.newBuilder().setActionProfileActionSet(set)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, oneShot));
    assertEquals(List.of(oneShot), entries());
    checkSpread();
  }

  private void checkSpread() {
    int[] ports = new int[3];
    for (int i = 0; i < 400; i++) {
      var frames = Fixture.send(device, 1, String.format("17 00 0005 %08x 000000000000", i));
      ports[frames.getFirst().port()]++;
    }
    assertTrue(ports[1] > 250 && ports[2] > 50, "spread " + ports[1] + " to " + ports[2]);
  }

  @Test
  void idleEntriesAreReported() throws InterruptedException {
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("idle_table"))
            .addMatch(exact(1, 5))
            .setIdleTimeoutNs(50_000_000)
            .setAction(direct(Action.newBuilder().setActionId(client.action("drop")).build()));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    var notice = client.next().getIdleTimeoutNotification();
    assertEquals(entry.getMatch(0), notice.getTableEntry(0).getMatch(0));
    assertTrue(notice.getTimestamp() > 0);
    TableEntry read =
        client
            .read(
                entity(
                    TableEntry.newBuilder()
                        .setTableId(client.id("idle_table"))
                        .setTimeSinceLastHit(TableEntry.IdleTimeout.getDefaultInstance())))
            .getFirst()
            .getTableEntry();
    assertTrue(read.hasTimeSinceLastHit());
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(Update.Type.INSERT, entity(lpmEntry(8, 1, 10, 0, 0, 0).setIdleTimeoutNs(1))));
  }

  @Test
  void readsReportErrorsForEachEntityAndGiveTheRest() {
    client.write(Update.Type.INSERT, entity(lpmEntry(8, 5, 10, 0, 0, 0)));
    List<Entity> found = new ArrayList<>();
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                client
                    .rpc
                    .read(
                        org.p4.v1.ReadRequest.newBuilder()
                            .setDeviceId(1)
                            .addEntities(entity(TableEntry.newBuilder()))
                            .addEntities(counterEntry(99))
                            .addEntities(Entity.getDefaultInstance())
                            .build())
                    .forEachRemaining(response -> found.addAll(response.getEntitiesList())));
    assertEquals(4, found.size());
    assertEquals(
        List.of(Code.OK_VALUE, Code.OUT_OF_RANGE_VALUE, Code.INVALID_ARGUMENT_VALUE),
        BatchErrors.decode(failure, 3).stream().map(org.p4.v1.Error::getCanonicalCode).toList());
  }

  @Test
  void reconcilingKeepsWhatWasWritten() {
    Entity entry = entity(lpmEntry(8, 5, 10, 0, 0, 0));
    client.write(
        Update.Type.INSERT, entry, group(9, replica(3, 1)), member(false, 1, forward(4, 9)));
    var _ = send("08 01 0003 00000001 000000000000");
    client.set(SetForwardingPipelineConfigRequest.Action.RECONCILE_AND_COMMIT, TestClient.config());
    assertEquals(List.of(entry), entries());
    assertEquals(1, client.read(group(0)).size());
    assertEquals(
        "3:1300000000000005".concat("000000000000"), send("13 00 0000 0a010203 000000000000"));
    client.push();
    assertEquals(List.of(), entries());
    assertEquals(List.of(), client.read(group(0)));
    assertFalse(client.read(entity(TableEntry.newBuilder().setIsDefaultAction(true))).isEmpty());
  }

  @Test
  void aBatchOfAThousandErrorsArrives() {
    Entity[] entities = new Entity[1000];
    java.util.Arrays.fill(entities, entity(TableEntry.newBuilder().setTableId(1)));
    List<Code> codes = client.codes(Update.Type.INSERT, entities);
    assertEquals(1000, codes.size());
    assertEquals(Code.NOT_FOUND, codes.getLast());
  }
}
