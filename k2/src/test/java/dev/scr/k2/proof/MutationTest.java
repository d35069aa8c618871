package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.Mutations.Mutant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The checker is tested by faults: one random instruction of a program is changed. Whenever the
 * interpreter shows that this changes what the program does, the checker must say so without having
 * run anything first; whenever the checker says "equivalent", runs must agree.
 */
class MutationTest {
  private static final Path HANDLERS =
      Path.of(System.getProperty("scr.root", ".."))
          .resolve("hosts/src/main/resources/dev/scr/hosts/program");

  private static final int MUTANTS = Integer.getInteger("scr.mutants", 150);
  private static final int REGION_MUTANTS = Integer.getInteger("scr.mutants", 50);
  private static final int LOOP_MUTANTS = Integer.getInteger("scr.mutants", 48) / 3;
  private static final long SEED = Long.getLong("seed", 20260101);

  /** No random runs of its own before the proof. */
  private static final CheckerOptions OPTIONS =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 3_000, 20_000, 0, 1);

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Mutations mutations = new Mutations(random);

  /** What became of mutants. */
  private static final class Tally {
    private final List<String> wrong = new ArrayList<>();
    private int different;
    private int proved;

    /** Checks a mutant; a proof of one that behaves differently is wrong. */
    void check(StepChecker checker, Mutant mutant) {
      boolean found =
          checker.check(mutant.original(), mutant.changed()) instanceof Verdict.Equivalent;
      different += mutant.behavesDifferently() ? 1 : 0;
      proved += found ? 1 : 0;
      if (mutant.behavesDifferently() && found) {
        wrong.add(mutant.changed().code().toString());
      }
    }

    @Override
    public String toString() {
      return "seed " + SEED + ": " + different + " behave differently, " + proved + " are proved";
    }
  }

  @Test
  void everyMutantThatBehavesDifferentlyIsFound() {
    List<ProgramSpec> programs = MutatedPrograms.small();
    int different = 0;
    int equivalent = 0;
    int unknown = 0;
    List<String> missed = new ArrayList<>();
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      for (int tried = 0; tried < MUTANTS; tried++) {
        Mutant mutant = mutations.of(programs);
        Verdict verdict = checker.check(mutant.original(), mutant.changed());
        switch (verdict) {
          case Verdict.Different _ -> different++;
          case Verdict.Equivalent _ -> equivalent++;
          case Verdict.Unknown _ -> unknown++;
        }
        if (mutant.behavesDifferently() && !(verdict instanceof Verdict.Different)) {
          missed.add(verdict + "\n" + mutant.changed().code());
        }
      }
    }
    String counts =
        "seed %d: %d different, %d equivalent, %d unknown"
            .formatted(SEED, different, equivalent, unknown);
    System.out.println("mutants: " + counts);
    assertEquals(List.of(), missed, counts);
    assertTrue(different > MUTANTS / 3, counts);
  }

  @Test
  void noMutantThatBehavesDifferentlyIsProvedRegionByRegion() {
    List<ProgramSpec> programs = new ArrayList<>(MutatedPrograms.small());
    programs.add(MutatedPrograms.manyPaths());
    programs.add(MutatedPrograms.manyPaths());
    programs.forEach(MutationTest::assertProvedOfItself);
    Tally tally = new Tally();
    // A proof that is not found in time is no fault here.
    try (StepChecker checker = StepChecker.create(OPTIONS.withTimeLimit(Duration.ofSeconds(1)))) {
      for (int tried = 0; tried < REGION_MUTANTS; tried++) {
        tally.check(checker, mutations.of(programs));
      }
    }
    System.out.println("mutants by regions: " + tally);
    assertEquals(List.of(), tally.wrong, tally::toString);
    assertTrue(tally.different > REGION_MUTANTS / 3, tally::toString);
  }

  private static void assertProvedOfItself(ProgramSpec spec) {
    try (StepChecker patient = StepChecker.create(OPTIONS)) {
      Verdict same = patient.check(spec, spec);
      assertTrue(same instanceof Verdict.Equivalent, same.toString());
    }
  }

  /** Changes in the loops of programs that go through a history of packets. */
  @Test
  void noMutantOfALoopThatBehavesDifferentlyIsProved() throws IOException {
    Tally tally = new Tally();
    for (String name : List.of("ddos", "heavyhitter", "portknock")) {
      ProgramSpec spec =
          ProgramFile.read(HANDLERS.resolve(name + ".bpf.o")).program("scr").orElseThrow();
      assertProvedOfItself(spec);
      ProgramShape shape = ProgramShape.of(spec);
      List<Integer> loop =
          IntStream.range(0, shape.size()).filter(shape::isInLoop).boxed().toList();
      HistoryFrames frames = new HistoryFrames(spec, random);
      try (StepChecker checker = StepChecker.create(OPTIONS.withTimeLimit(Duration.ofSeconds(2)))) {
        for (int tried = 0; tried < LOOP_MUTANTS; tried++) {
          tally.check(checker, mutations.of(spec, loop, frames));
        }
      }
    }
    System.out.println("mutants of loops: " + tally);
    assertEquals(List.of(), tally.wrong, tally::toString);
    assertTrue(tally.different > 0, tally::toString);
  }
}
