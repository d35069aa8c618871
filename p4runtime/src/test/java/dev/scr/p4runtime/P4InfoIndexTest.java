package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p4.config.v1.P4Info;
import org.p4.config.v1.Preamble;
import org.p4.config.v1.Table;

class P4InfoIndexTest {
  private final P4InfoIndex index = Samples.index();

  static LongStream seeds() {
    return Samples.seeds();
  }

  @ParameterizedTest
  @ValueSource(strings = {"settings", "SequencerIngress.settings"})
  void findsByFullNameOrEndOfIt(String name) {
    assertEquals(new P4Id.TableId(40001), index.tables().named(name).id());
  }

  @Test
  void findsById() {
    assertEquals(
        "SequencerIngress.spray",
        index.tables().find(new P4Id.TableId(40002)).orElseThrow().name());
    assertTrue(index.tables().find(new P4Id.TableId(1)).isEmpty());
  }

  @Test
  void knowsEveryKind() {
    assertEquals("portknock", index.program());
    assertEquals(16, index.tables().named("spray").fields().named("worker").bitwidth());
    assertEquals(9, index.actions().named("to_worker").params().named("port").bitwidth());
    assertEquals(1, index.counters().named("sequenced").size());
    assertEquals(new P4Id.TableId(40002), index.directCounters().named("sprayed").table());
    assertEquals(64, index.registers().named("ring").bitwidth());
    assertEquals(
        9, index.packetHeaders().named("packet_in").metadata().named("ingress_port").bitwidth());
    assertTrue(index.tables().named("Other.acl").needsPriority());
    assertTrue(index.tables().named("spray").constDefault());
  }

  @Test
  void aMisspeltNameGetsTheNearest() {
    UnknownName e = assertThrows(UnknownName.class, () -> index.tables().named("setings"));
    assertEquals(
        "sequencer.p4info.txtpb: expected a table (settings, spray, Other.acl, Extra.acl); found 'setings'; did you mean"
            + " 'settings'?",
        e.getMessage());
  }

  @Test
  void aNameLikeNoOtherGetsTheList() {
    UnknownName e = assertThrows(UnknownName.class, () -> index.counters().named("temperature"));
    assertEquals(
        "sequencer.p4info.txtpb: expected a counter (sequenced); found 'temperature'",
        e.getMessage());
  }

  @Test
  void anAmbiguousNameGetsAllItMayBe() {
    UnknownName e = assertThrows(UnknownName.class, () -> index.tables().named("acl"));
    assertEquals(
        "sequencer.p4info.txtpb: expected the name of one table; found 'acl', which may be Other.acl or Extra.acl; give"
            + " more of its name",
        e.getMessage());
  }

  @Test
  void aTableHasOnlyItsOwnActions() {
    P4Object.Table spray = index.tables().named("spray");
    UnknownName e = assertThrows(UnknownName.class, () -> index.action(spray, "configure"));
    assertEquals(
        "sequencer.p4info.txtpb: table spray: expected an action (to_worker, NoAction); found 'configure'",
        e.getMessage());
  }

  @Test
  void refusesTwoWithOneId() {
    BadPipeline e =
        assertThrows(
            BadPipeline.class,
            () ->
                P4InfoIndex.parse(
                    Samples.p4infoText().replace("id: 40002", "id: 40001"), "x.txtpb"));
    assertEquals(
        "x.txtpb: expected unique names and ids; found table 'SequencerIngress.spray' with id 40001 after"
            + " 'SequencerIngress.settings'",
        e.getMessage());
  }

  @Test
  void refusesADanglingAction() {
    BadPipeline e =
        assertThrows(
            BadPipeline.class,
            () ->
                P4InfoIndex.parse(
                    Samples.p4infoText()
                        .replace("action_refs { id: 20002 }", "action_refs { id: 7 }"),
                    "x.txtpb"));
    assertEquals(
        "x.txtpb: table SequencerIngress.spray: expected the id of an action; found 7, which nothing has",
        e.getMessage());
  }

  /**
   * For names drawn at random: an end of a name finds its table exactly if no other table has that
   * end.
   */
  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void anEndOfANameFindsItIfUnique(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> names = randomNames(random);
    P4Info.Builder info = P4Info.newBuilder();
    for (int i = 0; i < names.size(); i++) {
      info.addTables(
          Table.newBuilder().setPreamble(Preamble.newBuilder().setId(i + 1).setName(names.get(i))));
    }
    NameTable<P4Id.TableId, P4Object.Table> tables = P4InfoIndex.of(info.build(), "x").tables();

    for (String name : names) {
      assertEquals(name, tables.named(name).name());
      for (String end = name; end.contains("."); ) {
        end = end.substring(end.indexOf('.') + 1);
        String wanted = end;
        boolean isFullName = names.contains(wanted);
        List<String> owners = names.stream().filter(n -> n.endsWith("." + wanted)).toList();
        if (isFullName) {
          assertEquals(wanted, tables.named(wanted).name());
        } else if (owners.size() == 1) {
          assertEquals(owners.getFirst(), tables.named(wanted).name());
        } else {
          assertThrows(
              UnknownName.class, () -> tables.named(wanted), () -> wanted + " in " + names);
        }
      }
      assertThrows(UnknownName.class, () -> tables.named(name + "?"));
    }
  }

  private static List<String> randomNames(SplittableRandom random) {
    List<String> names = new ArrayList<>();
    int wanted = random.nextInt(1, 12);
    while (names.size() < wanted) {
      StringBuilder name = new StringBuilder();
      for (int part = random.nextInt(3); part >= 0; part--) {
        name.append((char) ('a' + random.nextInt(3)))
            .append((char) ('a' + random.nextInt(3)))
            .append(part > 0 ? "." : "");
      }
      if (!names.contains(name.toString())) {
        names.add(name.toString());
      }
    }
    return names;
  }
}
