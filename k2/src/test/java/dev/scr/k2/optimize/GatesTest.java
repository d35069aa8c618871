package dev.scr.k2.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.InsnsFile;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.OptimizerOptions.Acceptance;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.KernelGate;
import dev.scr.k2.validate.KernelVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Each gate turns away what is planted for it, says why, and lets what is right through. */
class GatesTest {
  private static final int INPUTS = 700;

  private static final OptimizerOptions OPTIONS =
      accepting(/* force= */ false, ProofDemand.WHOLE, /* maxProcessed= */ 0);

  /**
   * Answers with the interface that a frame came from, which is seldom the one that is asked for.
   */
  private static final String TEXT =
      """
      r3 = 7
      r0 = *(u32 *)(r1 + 12)
      w2 = 305419896
      if w0 == w2 goto rare
      r0 = 2
      exit
      rare:
      r0 = 1
      exit
      """;

  private static final String RIGHT = TEXT.replace("r3 = 7\n", "");
  private static final String SELDOM_WRONG = RIGHT.replace("r0 = 1", "r0 = 2");
  private static final String MOSTLY_WRONG = RIGHT.replace("r0 = 2", "r0 = 1");

  /** A load behind the context, which no input gets to. */
  private static final String REFUSED =
      RIGHT.replace("rare:\nr0 = 1\n", "rare:\nr0 = *(u32 *)(r1 + 80)\nr0 = 1\n");

  private static OptimizerOptions accepting(boolean force, ProofDemand demand, long maxProcessed) {
    return OptimizerOptions.of(Target.named("v3"))
        .with(new Acceptance(INPUTS, /* kernel= */ true, force, demand, maxProcessed));
  }

  private static ProgramFile file(String text) {
    return InsnsFile.of(
        Codec.encode(Assembler.assemble(text)),
        "p.insns",
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static ProgramSpec program(String text) {
    return file(text).programs().getFirst();
  }

  /** Writes down what it is told. */
  private static final class Told implements Gates.Passed {
    private final List<String> caught = new ArrayList<>();
    private final List<String> proved = new ArrayList<>();
    private final List<DifferentialReport> taken = new ArrayList<>();
    private boolean timed;

    @Override
    public void proved(ProgramSpec candidate) {
      proved.add(candidate.code().toString());
    }

    @Override
    public void takes(long nanos) {
      timed |= nanos > 0;
    }

    @Override
    public void take(ProgramSpec candidate, Gates.Outcome outcome, ProofStatistics proof) {
      taken.add(outcome.differential().orElseThrow());
    }

    @Override
    public void caught(String difference) {
      caught.add(difference);
    }
  }

  /** What came of a candidate. */
  private record Judged(boolean passes, String refusal, Told told) {}

  private static Judged judge(OptimizerOptions options, String original, String candidate) {
    return judge(options, original, candidate, () -> false);
  }

  private static Judged judge(
      OptimizerOptions options, String original, String candidate, BooleanSupplier stop) {
    ProgramFile file = file(original);
    Told told = new Told();
    try (KernelGate kernel = KernelGate.open(file)) {
      KernelVerdict before = kernel.judge(program(original));
      try (Gates gates = new Gates(file, program(original), before, kernel, options, told, stop)) {
        boolean passes = gates.passes(program(candidate));
        return new Judged(passes, gates.takeRefusal().orElse(""), told);
      }
    }
  }

  private static void requireKernel() {
    ProgramFile file = file(TEXT);
    try (KernelGate kernel = KernelGate.open(file)) {
      assumeTrue(kernel.judge(program(TEXT)).accepted(), "the verifier cannot be asked");
    }
  }

  @Test
  void whatIsRightPassesWithAllInputs() {
    Judged judged = judge(OPTIONS, TEXT, RIGHT);
    assertTrue(judged.passes(), judged.refusal());
    assertEquals("", judged.refusal());
    assertEquals(List.of(), judged.told().caught);
    assertEquals(1, judged.told().proved.size());
    assertTrue(judged.told().timed);
    DifferentialReport report = judged.told().taken.getFirst();
    assertEquals(INPUTS, report.places().getFirst().inputs(), report::toString);
  }

  @Test
  void runsTurnAwayWhatMostInputsShow() {
    Judged judged = judge(OPTIONS, TEXT, MOSTLY_WRONG);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("the result differs in the"), judged.refusal());
    assertEquals(1, judged.told().caught.size());
    assertEquals(List.of(), judged.told().proved);
    assertEquals(List.of(), judged.told().taken);
  }

  @Test
  void theProofTurnsAwayWhatNoRunShows() {
    Judged judged = judge(OPTIONS, TEXT, SELDOM_WRONG);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("the proof found a difference"), judged.refusal());
    assertEquals(1, judged.told().caught.size());
    assertEquals(List.of(), judged.told().taken);
  }

  @Test
  void theVerifierTurnsAwayWhatItRefuses() {
    requireKernel();
    Judged judged = judge(OPTIONS, TEXT, REFUSED);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("the kernel refuses the result"), judged.refusal());
    // It is no fault of what was done that the kernel does not like it.
    assertEquals(List.of(), judged.told().caught);
    assertEquals(List.of(), judged.told().taken);
  }

  @Test
  void theLimitOfTheVerifiersStepsIsKept() {
    requireKernel();
    Judged judged = judge(accepting(false, ProofDemand.WHOLE, 1), TEXT, RIGHT);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("takes at most 1 steps"), judged.refusal());
    assertTrue(judge(accepting(false, ProofDemand.WHOLE, 1_000), TEXT, RIGHT).passes());
  }

  /** Nothing can be known of a helper without a model: only a demand for runs lets it through. */
  @Test
  void whatCannotBeProvedPassesWhereRunsWillDo() {
    String original = TEXT.replace("r0 = 1\n", "call 85\nr0 = 1\n");
    String candidate = original.replace("r3 = 7\n", "");
    Judged judged = judge(accepting(true, ProofDemand.WHOLE, 0), original, candidate);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("found number 85"), judged.refusal());
    assertEquals(List.of(), judged.told().caught);
    assertTrue(judge(accepting(true, ProofDemand.RUNS, 0), original, candidate).passes());
  }

  @Test
  void runsThatWereStoppedAreNoRuns() {
    Judged judged = judge(OPTIONS, TEXT, RIGHT, () -> true);
    assertFalse(judged.passes());
    assertTrue(judged.refusal().contains("stopped after"), judged.refusal());
    assertEquals(List.of(), judged.told().taken);
  }
}
