package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p4.v1.CounterData;
import org.p4.v1.CounterEntry;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.Index;
import org.p4.v1.MeterConfig;
import org.p4.v1.MeterEntry;
import org.p4.v1.P4Data;
import org.p4.v1.RegisterEntry;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/** Counters, meters and registers, and what entries have of them. */
class IndexedEntitiesTest extends EntityTest {

  private void insertMetered() {
    client.write(
        Update.Type.INSERT,
        entity(
            exactEntry(1)
                .setCounterData(CounterData.newBuilder().setPacketCount(10).setByteCount(100))
                .setMeterConfig(
                    MeterConfig.newBuilder().setCir(1).setCburst(14).setPir(1).setPburst(28))));
  }

  @Test
  void directCountersAndMeters() {
    insertMetered();
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
}
