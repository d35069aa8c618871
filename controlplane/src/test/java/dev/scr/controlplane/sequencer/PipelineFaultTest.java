package dev.scr.controlplane.sequencer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.Bmv2;
import dev.scr.controlplane.FakeSwitch;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchRefused;
import dev.scr.p4runtime.BadPipeline;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pipelines that no switch should get, and one that a switch takes and cannot run. */
@Timeout(60)
class PipelineFaultTest {

  @ParameterizedTest
  @EnumSource
  void everyProgramOfOursIsGood(PacketProgram program) {
    assertEquals(program.programName(), CheckedPipeline.of(program).info().program());
  }

  @Test
  void brokenJsonNeverLeaves() {
    assertNotPushed(
        edited(json -> json.substring(0, 100), UnaryOperator.identity()), "portknock.json:");
  }

  @Test
  void brokenP4InfoNeverLeaves() {
    assertNotPushed(
        edited(UnaryOperator.identity(), text -> text.replaceFirst("pkg_info", "package")),
        "portknock.p4info.txtpb:4:1: expected P4Info in protobuf text format; found: ");
  }

  @Test
  void anotherProgramsJsonNeverLeaves() {
    SequencerPipeline ddos = SequencerPipeline.of(PacketProgram.DDOS);
    assertNotPushed(
        edited(
            _ ->
                new String(ddos.deviceConfig(), StandardCharsets.UTF_8)
                    .replace("ScrIngress.sequencer.spray", "x"),
            UnaryOperator.identity()),
        "portknock.json: expected everything that portknock.p4info.txtpb names; found no table"
            + " ScrIngress.sequencer.spray");
  }

  @Test
  void aProgramOfAnotherNameNeverLeaves() {
    assertNotPushed(
        edited(
            UnaryOperator.identity(),
            text -> text.replace("name: \"portknock\"", "name: \"other\"")),
        "portknock.p4info.txtpb: pkg_info.name: expected portknock; found other");
  }

  @Test
  void bmv2SaysOkToWhatItCannotRunAndWeNotice() throws Exception {
    SequencerPipeline unloadable =
        edited(json -> json.replace("\"mark_to_drop\"", "\"no_such_primitive\""), text -> text);
    try (Bmv2 target = Bmv2.start();
        P4RuntimeSession session = P4RuntimeSession.connect(SessionOptions.of(target.address()))) {
      SwitchRefused e =
          assertThrows(
              SwitchRefused.class,
              () -> new SequencerController(session).pushPipeline(unloadable, false));
      assertEquals(
          target.address()
              + ": push pipeline: expected to read the settings of portknock once the switch had taken it; found UNKNOWN;"
              + " its log says why it could not load it",
          e.getMessage());
      assertThrows(
          SwitchRefused.class,
          () -> new SequencerController(session).pushPipeline(unloadable, true),
          "it has this very pipeline, and still cannot run it");
      SequencerPipeline good = SequencerPipeline.of(PacketProgram.PORTKNOCK);
      assertEquals(PushOutcome.REPLACED, new SequencerController(session).pushPipeline(good, true));
    }
  }

  private static void assertNotPushed(SequencerPipeline pipeline, String message) {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(SessionOptions.of(target.address()))) {
      SequencerController controller = new SequencerController(session);
      BadPipeline e =
          assertThrows(BadPipeline.class, () -> controller.pushPipeline(pipeline, true));
      assertTrue(String.valueOf(e.getMessage()).startsWith(message), e::getMessage);
      assertEquals(List.of(), target.pushes);
    }
  }

  private static SequencerPipeline edited(
      UnaryOperator<String> json, UnaryOperator<String> p4info) {
    SequencerPipeline good = SequencerPipeline.of(PacketProgram.PORTKNOCK);
    String config = new String(good.deviceConfig(), StandardCharsets.UTF_8);
    return new SequencerPipeline(
        good.program(),
        good.programId(),
        good.slotBytes(),
        good.maxDepth(),
        json.apply(config).getBytes(StandardCharsets.UTF_8),
        p4info.apply(good.p4infoText()));
  }
}
