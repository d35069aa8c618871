package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.TextFormat;
import com.google.rpc.Code;
import org.junit.jupiter.api.Test;
import org.p4.v1.CounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.Index;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

class EntryBuilderTest {
  private final P4InfoIndex index = Samples.index();
  private final ActionCall toWorker =
      ActionCall.of("to_worker")
          .with("port", 5)
          .with("dst_mac", 0x025343520003L)
          .with("src_mac", 0x02534352ffffL);

  @Test
  void buildsAnExactEntry() throws Exception {
    TableEntry entry =
        EntryBuilder.entry(index, "spray").exact("worker", 3).action(toWorker).build();
    assertEquals(
        TextFormat.parse(
            """
            table_id: 40002
            match { field_id: 1 exact { value: "\\003" } }
            action { action {
              action_id: 20002
              params { param_id: 1 value: "\\005" }
              params { param_id: 2 value: "\\002SCR\\000\\003" }
              params { param_id: 3 value: "\\002SCR\\377\\377" }
            } }
            """,
            TableEntry.class),
        entry);
    assertEquals(toWorker, ActionCall.decode(index, entry).orElseThrow());
  }

  @Test
  void describesEntries() {
    TableEntry entry =
        EntryBuilder.entry(index, "spray").exact("worker", 3).action(toWorker).build();
    Update insert =
        Update.newBuilder()
            .setType(Update.Type.INSERT)
            .setEntity(Entity.newBuilder().setTableEntry(entry))
            .build();
    assertEquals(
        "insert spray worker=0x3 to_worker(port=0x5, dst_mac=0x25343520003, src_mac=0x2534352ffff)",
        EntityText.of(index, insert));
    CounterEntry counter =
        CounterEntry.newBuilder()
            .setCounterId(50001)
            .setIndex(Index.newBuilder().setIndex(0))
            .build();
    assertEquals(
        "counter sequenced[0]",
        EntityText.of(index, Entity.newBuilder().setCounterEntry(counter).build()));
    TableEntry foreign = TableEntry.newBuilder().setTableId(-5).build();
    assertEquals(
        "with unknown id 4294967291",
        EntityText.of(index, Entity.newBuilder().setTableEntry(foreign).build()));
  }

  @Test
  void masksBitsThatDoNotCount() throws Exception {
    TableEntry entry =
        EntryBuilder.entry(index, "Other.acl")
            .lpm("dst_addr", 0x0a0b0c0dL, 8)
            .ternary("flags", 0xff, 0x02)
            .range("src_port", 1, 1023)
            .optional("vlan", 7)
            .priority(10)
            .action(ActionCall.of("NoAction"))
            .build();
    assertEquals(
        TextFormat.parse(
            """
            table_id: 40003
            match { field_id: 1 lpm { value: "\\012\\000\\000\\000" prefix_len: 8 } }
            match { field_id: 3 ternary { value: "\\002" mask: "\\002" } }
            match { field_id: 2 range { low: "\\001" high: "\\003\\377" } }
            match { field_id: 4 optional { value: "\\007" } }
            action { action { action_id: 20003 } }
            priority: 10
            """,
            TableEntry.class),
        entry);
  }

  @Test
  void leavesOutWhatMatchesEverything() {
    TableEntry entry =
        EntryBuilder.entry(index, "Other.acl")
            .lpm("dst_addr", 1, 0)
            .ternary("flags", 1, 0)
            .range("src_port", 0, 0xffff)
            .priority(1)
            .build();
    assertEquals(0, entry.getMatchCount());
  }

  @Test
  void priorityIsWhatTheKeyDemands() {
    BadValue none =
        assertThrows(BadValue.class, () -> EntryBuilder.entry(index, "Other.acl").build());
    assertEquals(
        "sequencer.p4info.txtpb: table Other.acl: expected priority > 0; found 0",
        none.getMessage());
    assertThrows(
        BadValue.class,
        () -> EntryBuilder.entry(index, "spray").exact("worker", 1).priority(1).build());
  }

  @Test
  void everyParameterNeedsAnArgument() {
    UnknownName e =
        assertThrows(
            UnknownName.class,
            () ->
                EntryBuilder.entry(index, "spray")
                    .action(ActionCall.of("to_worker").with("port", 1)));
    assertTrue(
        String.valueOf(e.getMessage()).endsWith("found none for [dst_mac, src_mac]"),
        e::getMessage);
  }

  @Test
  void everyExactFieldNeedsAValue() {
    assertThrows(UnknownName.class, () -> EntryBuilder.entry(index, "spray").build());
    assertTrue(EntryBuilder.defaultEntry(index, "settings").build().getIsDefaultAction());
  }

  @Test
  void aFieldIsMatchedInItsOwnWay() {
    UnknownName e =
        assertThrows(
            UnknownName.class, () -> EntryBuilder.entry(index, "spray").ternary("worker", 1, 1));
    assertEquals(
        "sequencer.p4info.txtpb: table spray: expected EXACT for field worker; found TERNARY",
        e.getMessage());
  }

  @Test
  void tooWideIsOutOfRange() {
    BadValue e =
        assertThrows(
            BadValue.class, () -> EntryBuilder.entry(index, "spray").exact("worker", 65536));
    assertEquals(Code.OUT_OF_RANGE, e.code());
    assertEquals("spray.worker: expected 0..65535 (16 bits); found 65536", e.getMessage());
  }
}
