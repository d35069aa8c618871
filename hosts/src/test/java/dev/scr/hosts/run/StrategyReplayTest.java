package dev.scr.hosts.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.strategy.Promise;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.hosts.worker.Loss;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every strategy is held to what {@link Promise} says of it, on traffic of every kind. */
class StrategyReplayTest {
  private static final int SEEDS = 20;
  private static final List<TraceKind> KINDS = List.of(TraceKind.values());

  @ParameterizedTest
  @EnumSource
  void everyStrategyKeepsItsPromise(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Seeds.forAll(
        SEEDS,
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TraceKind kind = KINDS.get(random.nextInt(KINDS.size()));
          int packets = 1 + random.nextInt(3000);
          Trace trace =
              TraceGenerator.generate(
                  new TraceSpec(kind, packets, 1 + random.nextInt(50), 64, seed));
          int workers = 1 + random.nextInt(Math.min(16, program.maxDepth() + 1));
          Replay expected = Replay.sequential(object, Engine.JVM, trace);
          for (Strategy strategy : Strategy.values()) {
            String where = strategy + " by " + workers + " workers on " + kind;
            check(object, trace, strategy, workers, expected, where);
          }
        });
  }

  private static void check(
      ProgramObject object,
      Trace trace,
      Strategy strategy,
      int workers,
      Replay expected,
      String where) {
    Promise promise = Promise.of(object.program(), strategy);
    if (promise == Promise.UNAVAILABLE) {
      assertThrows(
          IllegalArgumentException.class, () -> run(object, trace, strategy, workers), where);
      return;
    }
    Replay found = run(object, trace, strategy, workers);
    assertEquals(trace.size(), found.verdicts().size(), where);
    switch (workers == 1 ? Promise.EQUAL : promise) {
      case EQUAL -> assertEquals(expected, found, where);
      case TOTALS -> {
        assertEquals(expected.state(), found.state(), where);
        assertEquals(counts(expected), counts(found), where);
      }
      case STATE -> assertEquals(expected.state(), found.state(), where);
      case WHOLE -> assertTrue(found.verdicts().stream().allMatch(Optional::isPresent), where);
      case UNAVAILABLE -> throw new AssertionError(where);
    }
  }

  private static Replay run(ProgramObject object, Trace trace, Strategy strategy, int workers) {
    try {
      return strategy == Strategy.SCR
          ? Replay.scr(
                  object,
                  ReplicaEngine.JVM,
                  trace,
                  SequencerSettings.first(SequencerSettings.depthFor(workers), workers),
                  Loss.none())
              .byPacket()
          : new StrategyReplay(object, Engine.JVM, trace, workers).run(strategy);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<Verdict, Long> counts(Replay replay) {
    Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);
    replay.verdicts().forEach(v -> counts.merge(v.orElseThrow(), 1L, Long::sum));
    return counts;
  }

  /** On a skewed trace state really moves, and the results are still right. */
  @Test
  void stateMovesWithItsBucket() throws InterruptedException {
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.ZIPF, 20_000, 200, 64, 5));
    for (PacketProgram program : PacketProgram.values()) {
      ProgramObject object = ProgramObject.of(program);
      StrategyReplay replay = new StrategyReplay(object, Engine.JVM, trace, 3);
      assertEquals(
          Replay.sequential(object, Engine.JVM, trace),
          replay.run(Strategy.REBALANCED),
          "" + program);
      assertTrue(replay.moves() > 0, "nothing has moved: " + program);
    }
  }

  /** The planted fault: a shared counter without atomics or locks loses packets of one hot flow. */
  @Test
  void withoutLocksUpdatesAreLost() throws InterruptedException {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.SINGLE_FLOW, 200_000, 1, 64, 1));
    Replay expected = Replay.sequential(object, Engine.JVM, trace);
    boolean lost = false;
    for (int attempt = 0; attempt < 100 && !lost; attempt++) {
      Replay found =
          new StrategyReplay(object, Engine.JVM, trace, 4).shared(ProgramObject.SEQUENTIAL, null);
      lost = !found.state().equals(expected.state());
    }
    assertTrue(lost, "the test cannot tell locks from none on this machine");
    for (Strategy strategy : List.of(Strategy.SHARED_ATOMIC, Strategy.SHARED_LOCK)) {
      Replay found = new StrategyReplay(object, Engine.JVM, trace, 4).run(strategy);
      assertEquals(expected.state(), found.state(), strategy.strategyName());
      assertEquals(counts(expected), counts(found), strategy.strategyName());
    }
  }

  /** The page for people says the same as the table. */
  @Test
  void thePageHasTheTable() throws Exception {
    String page = Files.readString(Path.of("../docs/strategies.md"));
    for (PacketProgram program : PacketProgram.values()) {
      StringBuilder row = new StringBuilder("| " + program.programName() + " |");
      for (Strategy strategy : Strategy.values()) {
        row.append(' ')
            .append(Promise.of(program, strategy).name().toLowerCase(Locale.ROOT))
            .append(" |");
      }
      assertTrue(page.contains(row), () -> "expected the row " + row);
    }
    for (Promise promise : Promise.values()) {
      String row =
          "| " + promise.name().toLowerCase(Locale.ROOT) + " | " + promise.meaning() + " |";
      assertTrue(page.contains(row), () -> "expected the row " + row);
    }
    for (Strategy strategy : Strategy.values()) {
      String row = "| `" + strategy.strategyName() + "` | " + strategy.meaning() + " |";
      assertTrue(page.contains(row), () -> "expected the row " + row);
    }
  }
}
