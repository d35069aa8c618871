package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.BrokenHandlers;
import dev.scr.hosts.program.Handlers;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The one test that the project is about: for any trace, number of workers, depth, interleaving and
 * change of settings, replicas do what the sequential program does. And it notices when they don't.
 */
class ReplicaEqualityTest {
  private static ProgramObject planted(String name) {
    try (InputStream in =
        Objects.requireNonNull(ProgramObject.class.getResourceAsStream(name + ".bpf.o"))) {
      return new ProgramObject(
          name.equals("traps") ? PacketProgram.DDOS : PacketProgram.PORTKNOCK,
          BpfObject.read(in.readAllBytes(), name + ".bpf.o"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void optimizedReplicasEqualTheSequentialProgram(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    ProgramObject original = ProgramObject.of(program, Handlers.ORIGINAL);
    Seeds.forAll(seed -> {
      ReplicationReport report =
          Simulation.random(object, ProgramObject.SCR, seed).against(original).run();
      assertTrue(report.equal(), report.toString());
      assertEquals(0, report.missed());
      assertEquals(0, report.lost());
    });
  }

  @ParameterizedTest
  @EnumSource
  void replicasEqualTheSequentialProgram(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program, Handlers.ORIGINAL);
    Seeds.forAll(
        40,
        seed -> {
          ReplicationReport report = Simulation.random(object, ProgramObject.SCR, seed).run();
          assertTrue(report.equal(), report.toString());
        });
  }

  /**
   * An optimizer that breaks a handler: one instruction of the replica's code is another one. Not
   * every change shows (some are on paths that only verifiers know), but an optimizer that does
   * such things would not stay unnoticed.
   */
  @ParameterizedTest
  @EnumSource
  void aHandlerThatAnOptimizerBreaksIsNoticed(PacketProgram program) {
    ProgramObject original = ProgramObject.of(program, Handlers.ORIGINAL);
    List<ProgramObject> broken = BrokenHandlers.of(ProgramObject.of(program), ProgramObject.SCR);
    long noticed = broken.stream().filter(object -> isNoticed(object, original)).count();
    System.out.printf("%s: %d of %d noticed%n", program, noticed, broken.size());
    assertTrue(broken.size() >= 8, () -> "only " + broken.size() + " places to break");
    assertTrue(noticed >= 2, () -> noticed + " of " + broken.size());
  }

  private static boolean isNoticed(ProgramObject broken, ProgramObject original) {
    for (int seed = 0; seed < 6; seed++) {
      Simulation simulation =
          Simulation.busy(broken, ProgramObject.SCR, seed, 4).withCommands().against(original);
      try {
        if (!simulation.run().equal()) {
          return true;
        }
      } catch (BpfException e) {
        return true; // it left its memory
      }
    }
    return false;
  }

  @ParameterizedTest
  @EnumSource
  void everyEngineKeepsReplicasEqual(ReplicaEngine engine) {
    boolean kernel = engine == ReplicaEngine.KERNEL;
    assumeTrue(
        !kernel || Feature.TEST_RUN.probe() instanceof Probe.Available,
        () -> "BPF_PROG_TEST_RUN: " + Feature.TEST_RUN.probe());
    for (PacketProgram program : PacketProgram.values()) {
      ProgramObject object = ProgramObject.of(program);
      Seeds.forAll(
          kernel ? 2 : 10, // the verifier takes its time for each replica
          seed -> {
            ReplicationReport report =
                Simulation.random(object, ProgramObject.SCR, seed).engine(engine).run();
            assertTrue(report.equal(), report.toString());
          });
    }
  }

  @Test
  void replicasOfATimedProgramEqualTheSequentialProgram() {
    ProgramObject object = planted("timed");
    Seeds.forAll(
        50,
        seed -> {
          ReplicationReport report = Simulation.random(object, ProgramObject.SCR, seed).run();
          assertTrue(report.equal(), report.toString());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"all_slots", "padding"})
  void plantedTrapIsNoticed(String trap) {
    assertNoticed(planted("traps"), trap, 2);
  }

  @Test
  void plantedLocalClockIsNoticed() {
    assertNoticed(planted("timed"), "local_clock", 1);
  }

  @Test
  void plantedPlainComparisonIsNoticedWhenNumbersWrap() {
    ProgramObject object = planted("traps");
    Seeds.forAll(
        5,
        seed -> {
          Simulation simulation = Simulation.busy(object, "no_wrap", seed, 4);
          assertFalse(simulation.startingAfter(-100).run().equal() && noneLost(simulation));
          assertTrue(Simulation.busy(object, "no_wrap", seed, 4).run().equal(), "before they wrap");
          assertTrue(
              Simulation.busy(object, ProgramObject.SCR, seed, 4)
                  .startingAfter(-100)
                  .run()
                  .equal());
        });
  }

  /**
   * Frames that a worker drops as late have no verdict, so that comparing verdicts alone is blind.
   */
  private static boolean noneLost(Simulation simulation) {
    return simulation.lost() == 0;
  }

  /** With a depth of one more than needed, as a ring of N slots for N workers has. */
  private static void assertNoticed(ProgramObject object, String trap, int minWorkers) {
    int[] noticed = new int[1];
    Seeds.forAll(
        20,
        seed -> {
          int workers = minWorkers + 2;
          Simulation planted = Simulation.busy(object, trap, seed, workers).depth(workers);
          noticed[0] += planted.run().equal() ? 0 : 1;
          Simulation right = Simulation.busy(object, ProgramObject.SCR, seed, workers);
          assertTrue(right.depth(workers).run().equal());
        });
    assertTrue(noticed[0] > 0, "nobody notices " + trap);
    System.out.println(trap + ": noticed in " + noticed[0] + " of 20 runs");
  }

  @ParameterizedTest
  @EnumSource
  void replicasStayEqualWhileAControllerChangesState(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    int[] commands = new int[1];
    Seeds.forAll(
        40,
        seed -> {
          int workers = 1 + Math.floorMod(seed, 7);
          Simulation simulation =
              Simulation.busy(object, ProgramObject.SCR, seed, workers).withCommands();
          ReplicationReport report = simulation.run();
          assertTrue(report.equal(), report.toString());
          assertEquals(0, report.missed());
          commands[0] += simulation.commands();
        });
    assertTrue(commands[0] > 0);
  }

  /** A worker that takes no commands as its own packets, as all were before there were any. */
  @Test
  void aWorkerThatIgnoresCommandsIsNoticed() {
    ProgramObject object = planted("traps");
    int[] noticed = new int[1];
    Seeds.forAll(
        20,
        seed -> {
          assertTrue(Simulation.busy(object, "no_wrap", seed, 4).run().equal(), "no commands");
          boolean equal = Simulation.busy(object, "no_wrap", seed, 4).withCommands().run().equal();
          noticed[0] += equal ? 0 : 1;
        });
    assertTrue(noticed[0] > 0, "nobody notices a deaf worker");
  }

  @Test
  void aHistoryOneTooShortIsReported() {
    Seeds.forAll(
        20,
        seed -> {
          Simulation simulation =
              Simulation.busy(ProgramObject.of(PacketProgram.DDOS), ProgramObject.SCR, seed, 4);
          ReplicationReport report = simulation.depth(2).run();
          assertFalse(report.replicasEqual(), "each replica misses one packet in four");
          assertTrue(report.missed() > 0);
        });
  }

  @Test
  void redundantHistoryRecoversLostFrames() {
    Seeds.forAll(
        20,
        seed -> {
          Simulation simulation =
              Simulation.busy(
                  ProgramObject.of(PacketProgram.PORTKNOCK), ProgramObject.SCR, seed, 4);
          ReplicationReport report = simulation.depth(40).loss(Loss.random(0.05, seed)).run();
          assertTrue(report.lost() > 0);
          assertEquals(report.lost(), report.recovered());
          assertTrue(report.equal(), report.toString());
        });
  }
}
