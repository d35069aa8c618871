package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p4.v1.Action;
import org.p4.v1.Entity;
import org.p4.v1.FieldMatch;
import org.p4.v1.TableAction;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/** Writes and reads of table entries, with the codes that the specification wants. */
class TableEntriesTest extends EntityTest {

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

  private Entity[] goodAndBad() {
    TableEntry.Builder good = lpmEntry(8, 5, 10, 0, 0, 0);
    return new Entity[] {
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
      entity(lpmEntry(8, 7, 11, 0, 0, 0))
    };
  }

  @Test
  void eachUpdateHasItsOwnCodeAndTheOthersGoOn() {
    List<Code> codes = client.codes(Update.Type.INSERT, goodAndBad());
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
  }

  @Test
  void anActionForDefaultsOnlyIsNotForEntries() {
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
}
