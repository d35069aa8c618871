package dev.scr.controlplane.sequencer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.FakeSwitch;
import dev.scr.controlplane.TestSwitch;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PlanTest {
  private static final WorkerPort MOVED = new WorkerPort(1, 40, 1, 2);

  @ParameterizedTest
  @EnumSource
  void aSwitchBecomesWhatItIsToBe(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(SessionOptions.of(target.address()))) {
      SequencerController controller = new SequencerController(session);
      assertEquals(new PresentState.Empty(), controller.present());
      for (DesiredState wanted :
          List.of(
              state(PacketProgram.PORTKNOCK, 3, 4),
              state(PacketProgram.PORTKNOCK, 6, 7, MOVED),
              state(PacketProgram.PORTKNOCK, 6, 2, MOVED),
              state(PacketProgram.DDOS, 6, 2),
              state(PacketProgram.DDOS, 0, 0))) {
        Plan plan = Plan.between(controller.present(), wanted, false);
        assertFalse(plan.isEmpty());
        List<Change> done = new ArrayList<>();
        controller.apply(plan, done::add);
        assertEquals(plan.changes(), done);
        PresentState.Sequencer now =
            assertInstanceOf(PresentState.Sequencer.class, controller.present());
        assertEquals(wanted.ports(), now.ports());
        assertTrue(Plan.between(now, wanted, false).isEmpty());
        assertEquals(wanted.settings().workers(), now.settings().workers());
      }
      assertEquals(5, controller.settings().epoch(), "each change one epoch on, across pipelines");
    }
  }

  @Test
  void portsComeBeforeAndGoAfterTheSettings() {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(SessionOptions.of(target.address()))) {
      SequencerController controller = new SequencerController(session);
      controller.apply(plan(controller, state(PacketProgram.DDOS, 3, 3)), _ -> {});
      controller.apply(plan(controller, state(PacketProgram.DDOS, 4, 2, MOVED)), _ -> {});
      controller.apply(plan(controller, state(PacketProgram.DDOS, 4, 5, MOVED)), _ -> {});
      assertEquals(
          List.of(
              "INSERT INSERT INSERT",
              "MODIFY",
              "MODIFY",
              "MODIFY",
              "DELETE",
              "INSERT INSERT INSERT",
              "MODIFY"),
          target.writes.stream()
              .map(batch -> String.join(" ", batch.stream().map(u -> u.getType().name()).toList()))
              .toList());
      assertEquals(1, target.pushes.size());
    }
  }

  @Test
  void onlyAnotherPipelineIsAHit() {
    PresentState.Sequencer now = present(PacketProgram.DDOS, 3, 4);
    assertTrue(Plan.between(now, state(PacketProgram.DDOS, 9, 8), false).hitless());
    assertFalse(Plan.between(now, state(PacketProgram.PORTKNOCK, 3, 4), false).hitless());
    assertTrue(
        Plan.between(new PresentState.Empty(), state(PacketProgram.DDOS, 3, 4), false).hitless(),
        "nothing is lost where nothing was");
  }

  @Test
  void aPipelineWithoutOurCookieIsReplaced() {
    PresentState.Sequencer stranger =
        new PresentState.Sequencer(
            "ddos",
            Optional.empty(),
            SequencerSettings.first(3, 4),
            DesiredState.ports(4, List.of()));
    Plan plan = Plan.between(stranger, state(PacketProgram.DDOS, 3, 4), false);
    assertInstanceOf(Change.Pipeline.class, plan.changes().getFirst());
    assertEquals(1 + 4 + 1, plan.changes().size(), "and everything is written again: " + plan);
  }

  @Test
  void portsStayWhileTheSequencerMayUseThem() {
    PresentState.Sequencer shallow = present(PacketProgram.DDOS, 1, 4);
    DesiredState wanted = state(PacketProgram.DDOS, 1, 2);
    Plan plan = Plan.between(shallow, wanted, false);
    assertEquals(List.of(2, 3), plan.left().stream().map(WorkerPort::worker).toList());
    assertEquals(1, plan.changes().size());
    Plan again =
        Plan.between(
            new PresentState.Sequencer(
                "ddos",
                shallow.cookie(),
                new SequencerSettings(2, 1, 2, wanted.settings().maxFrameBytes(), 1),
                shallow.ports()),
            wanted,
            false);
    assertTrue(plan.isDoneBy(again));
    assertFalse(again.isDoneBy(plan), "settings that are not as they should be are not done");
    assertEquals(2, again.changes().size());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    DesiredState deep = state(PacketProgram.CONNTRACK, 15, 4);
    assertThrows(BadSettings.class, () -> Plan.between(new PresentState.Empty(), deep, true));
    DesiredState shallow = state(PacketProgram.CONNTRACK, 2, 4);
    assertThrows(BadSettings.class, () -> shallow.check(false));
    shallow.check(true);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new DesiredState(
                PacketProgram.DDOS,
                SequencerSettings.first(0, 1),
                List.of(WorkerPort.defaultOf(0), WorkerPort.defaultOf(0))));
  }

  private static Plan plan(SequencerController controller, DesiredState wanted) {
    return Plan.between(controller.present(), wanted, false);
  }

  private static DesiredState state(
      PacketProgram program, int depth, int workers, WorkerPort... given) {
    return new DesiredState(
        program,
        SequencerSettings.first(depth, workers),
        DesiredState.ports(workers, List.of(given)));
  }

  private static PresentState.Sequencer present(PacketProgram program, int depth, int workers) {
    return new PresentState.Sequencer(
        program.programName(),
        Optional.of(CheckedPipeline.of(SequencerPipeline.of(program)).cookie()),
        SequencerSettings.first(depth, workers),
        DesiredState.ports(workers, List.of()));
  }
}
