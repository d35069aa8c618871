package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.conformance.RandomPrograms;
import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import dev.scr.k2.search.WindowSweep.Kind;
import dev.scr.k2.search.WindowSweep.Stage;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whole programs do the same before and after all their windows were searched. */
class WindowSweepTest {
  private static final long SEED = Long.getLong("seed", 20260101);
  private static final int PROGRAMS = Integer.getInteger("scr.seeds", 200) / 25;

  private static final List<Stage> SMALL =
      List.of(
          new Stage(Kind.MEMORY_MOVES, 3, 12, 4_000),
          new Stage(Kind.RUNS, 1, 3, 4_000),
          new Stage(Kind.SLICES, 2, 4, 4_000));

  private static final WindowSweep SWEEP =
      new WindowSweep(TargetFeatures.V4, Cost.SIZE, SMALL, 2, SEED);

  @Test
  void randomProgramsKeepTheirMeaning() {
    System.out.println("sweep: " + PROGRAMS + " programs, -Dseed=" + SEED);
    int before = 0;
    int after = 0;
    for (int i = 0; i < PROGRAMS; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 20);
      Draft draft = Draft.of(spec);
      WindowSweep.Report report = SWEEP.run(draft, Reference.PROVER, _ -> true, () -> false);
      before += spec.code().slots();
      after += draft.slots();
      assertEquals(
          run(spec, seed),
          run(draft.program(), seed),
          () -> "-Dseed=" + seed + "\n" + report.rewrites() + "\n" + spec.code() + "\n" + draft);
    }
    assertTrue(after < before, "nothing was found");
  }

  @Test
  void chainsKeepTheMeaning() {
    int rewrites = 0;
    for (int i = 0; i < 3; i++) {
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(SEED + i), 20);
      Draft draft = Draft.of(spec);
      WindowSweep.Report report =
          new StochasticSearch(
                  TargetFeatures.V1,
                  Cost.SIZE,
                  StochasticSettings.TABLE_8.subList(0, 2),
                  4,
                  400,
                  1,
                  2,
                  SEED)
              .run(draft, Reference.PROVER, _ -> true, () -> false);
      rewrites += report.rewrites().size();
      assertEquals(run(spec, SEED), run(draft.program(), SEED), () -> report.rewrites() + "\n");
    }
    assertTrue(rewrites > 0, "nothing was found");
  }

  /**
   * Two windows side by side, each of which is right alone: the first may leave r2 out, because the
   * second writes it; the second may read r2 instead of writing it, because the first left it
   * there.
   */
  @Test
  void neighboursDoNotRelyOnWhatTheOtherTakesAway() {
    String code =
        """
        r3 = *(u32 *)(r1 + 4)
        r1 = *(u32 *)(r1 + 0)
        r2 = r1
        r2 += 20
        if r2 > r3 goto +11
        r4 = *(u8 *)(r1 + 3)
        r2 = r4
        *(u8 *)(r1 + 5) = r2
        r6 = *(u8 *)(r1 + 9)
        r2 = r4
        r2 <<= 3
        *(u8 *)(r1 + 7) = r2
        *(u8 *)(r1 + 8) = r4
        *(u8 *)(r1 + 12) = r6
        r0 = r2
        exit
        r0 = 0
        exit
        """;
    ProgramSpec spec =
        ProgramSpec.of(
            "neighbours", ProgramType.XDP, Assembler.assemble(code), RandomPrograms.MAPS);
    Draft draft = Draft.of(spec);
    List<Stage> pairs = List.of(new Stage(Kind.RUNS, 2, 2, 4_000));
    WindowSweep.Report report =
        new WindowSweep(TargetFeatures.V4, Cost.SIZE, pairs, 2, SEED)
            .run(draft, Reference.PROVER, _ -> true, () -> false);
    assertTrue(draft.slots() < spec.code().slots(), "nothing was found");
    assertEquals(run(spec, SEED), run(draft.program(), SEED), () -> "" + report.rewrites());
  }

  /** The planted fault: a wrong rewrite gets in, and the comparison of whole programs sees it. */
  @Test
  void aWrongRewriteIsNoticed() {
    int broken = 0;
    for (int i = 0; i < 10 && broken == 0; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 20);
      Draft draft = Draft.of(spec);
      for (Line line : draft.lines()) {
        if (line.insn() instanceof Alu alu && alu.op() == AluOp.XOR) {
          line.become(new Alu(alu.width(), AluOp.ADD, alu.dst(), alu.src()));
        }
      }
      broken += run(spec, seed).equals(run(draft.program(), seed)) ? 0 : 1;
    }
    assertTrue(broken > 0, "no program broke");
  }

  @Test
  void aRefusedChangeIsUndone() {
    ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(SEED), 20);
    Draft draft = Draft.of(spec);
    WindowSweep.Report report = SWEEP.run(draft, Reference.PROVER, _ -> false, () -> false);
    assertEquals(List.of(), report.rewrites());
    assertEquals(spec.code(), draft.program().code());
  }

  @Test
  void theSameSeedGivesTheSameProgram() {
    ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(SEED), 20);
    Draft first = Draft.of(spec);
    Draft second = Draft.of(spec);
    SWEEP.run(first, Reference.PROVER, _ -> true, () -> false);
    SWEEP.run(second, Reference.PROVER, _ -> true, () -> false);
    assertEquals(first.program().code(), second.program().code());
  }

  static List<String> run(ProgramSpec spec, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> log = new ArrayList<>();
    try (BpfInstance instance =
        BpfInstance.builder(RandomPrograms.MAPS).engine(Engine.INTERPRETER).build()) {
      XdpProgram program = instance.xdp(spec);
      byte[] packet = new byte[RandomPrograms.PACKET_BYTES];
      for (int i = 0; i < 40; i++) {
        random.nextBytes(packet);
        int verdict = program.run(packet);
        log.add(verdict + " " + HexFormat.of().formatHex(program.packet()));
      }
      log.add("short " + program.run(new byte[10]));
      instance.maps().forEach(map -> log.add(map.spec().name() + " " + map.entries()));
    }
    return log;
  }
}
