package dev.scr.k2.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.InsnsFile;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.OptimizerOptions.Acceptance;
import dev.scr.k2.optimize.OptimizerOptions.Folders;
import dev.scr.k2.optimize.OptimizerOptions.Goal;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.WindowProof;
import dev.scr.k2.proof.WindowVerdict;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes out has passed the gates, in time, and is kept; whatever the stages do. */
class OptimizerTest {
  private static final OptimizerOptions OPTIONS =
      OptimizerOptions.of(Target.named("v1")).within(Duration.ofSeconds(30));
  private static final Progress QUIET = (_, _, _) -> {};

  @TempDir Path folder;

  private static OptimizerOptions accepting(boolean force, long maxProcessed) {
    return OPTIONS.with(
        new Acceptance(/* inputs= */ 2_000, true, force, ProofDemand.WHOLE, maxProcessed));
  }

  private static Instruction set(int register, int value) {
    return new Alu(Width.W64, AluOp.MOV, Reg.of(register), new Imm(value));
  }

  private static ProgramFile file(Instruction... code) {
    return InsnsFile.of(
        Codec.encode(List.of(code)),
        "p.insns",
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Two of four instructions do nothing. */
  private static ProgramFile wasteful() {
    return file(set(0, 1), set(3, 7), set(0, 2), new Exit());
  }

  private static ProgramResult optimize(ProgramFile file, OptimizerOptions options) {
    return Optimizer.optimize(file, file.programs(), options, QUIET, () -> false).getFirst();
  }

  private static ProgramResult run(ProgramFile file, OptimizerOptions options, Stage... stages) {
    ProgramJob job =
        new ProgramJob(
            file,
            file.programs().getFirst(),
            options,
            List.of(stages),
            SharedFunctions.NONE,
            QUIET,
            _ -> false);
    job.run();
    return job.result();
  }

  /** A stage that answers with some code. */
  private record Answer(List<Instruction> code) implements Stage {
    @Override
    public String name() {
      return "planted";
    }

    @Override
    public Step run(
        ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
      ProgramSpec other =
          new ProgramSpec(
              program.name(),
              program.section(),
              program.type(),
              new InstructionList(code),
              program.functions(),
              program.maps());
      return new Step(other, Map.of("planted", 1), 0, 0);
    }
  }

  @Test
  void whatDoesNothingIsDropped() {
    ProgramResult result = optimize(wasteful(), OPTIONS);
    assertEquals(2, result.slotsAfter(), result::reason);
    assertEquals(4, result.slotsBefore());
    assertTrue(result.complete());
    assertEquals("", result.reason());
    assertEquals(List.of(), result.wrong());
    assertFalse(result.rewrites().isEmpty());
    assertEquals(Proof.EQUIVALENT, result.proof());
    assertTrue(result.proofs() > 0);
    assertTrue(result.differential().orElseThrow().inputs() >= OPTIONS.acceptance().inputs());
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void everyStrategyFindsWhatIsEasy(Strategy strategy) {
    ProgramResult result =
        optimize(wasteful(), OPTIONS.with(new Goal(Objective.SIZE, strategy, Target.named("v1"))));
    assertEquals(2, result.slotsAfter(), () -> strategy + ": " + result.reason());
    assertEquals(Proof.EQUIVALENT, result.proof());
  }

  /** A hundred branches one after the other; {@code middle} follows the fiftieth. */
  private static List<Instruction> manyBranches(String middle) {
    StringBuilder text = new StringBuilder("r2 = *(u32 *)(r1 + 12)\nr3 = 0\n");
    for (int i = 0; i < 100; i++) {
      text.append("if r2 == %d goto l%d\nr3 += %d\nr3 ^= 5\nl%d:\n".formatted(i, i, i, i));
      text.append(i == 50 ? middle : "");
    }
    return Assembler.assemble(text + "r0 = r3\nexit\n");
  }

  @Test
  void aLargeProgramIsProvedRegionByRegion() {
    ProgramFile file = file(manyBranches("r3 += 7\nr3 += 8\n").toArray(Instruction[]::new));
    ProgramResult result = run(file, OPTIONS, new Answer(manyBranches("r3 += 15\n")));
    assertTrue(result.changed(), result::reason);
    assertEquals(Proof.EQUIVALENT, result.proof());
    assertTrue(result.whole().regions() > 90, result::proofText);
    assertEquals(
        "equivalent (1 step, " + result.whole().regions() + " regions)", result.proofText());
  }

  @Test
  void aProofCanBeWritten() throws IOException {
    Instruction load = new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 12);
    Instruction branch = new Branch(Width.W64, JmpOp.JEQ, Reg.R0, new Imm(1), (short) 1);
    ProgramResult result = optimize(file(load, branch, set(0, 2), set(3, 7), new Exit()), OPTIONS);
    assertTrue(result.changed());
    int scripts = ProofFiles.write(folder, result, OPTIONS);
    assertEquals("equivalent", Files.readString(folder.resolve("p/verdict.txt")).substring(0, 10));
    try (Stream<Path> files = Files.list(folder.resolve("p"))) {
      List<Path> written = files.filter(f -> f.toString().endsWith(".smt2")).toList();
      assertEquals(scripts, written.size());
      for (Path script : written) {
        assertTrue(Files.readString(script).contains("(check-sat)"), script::toString);
      }
    }
  }

  @Test
  void aStageThatFailsCostsNothingElse() {
    Stage faulty =
        new Stage() {
          @Override
          public String name() {
            return "faulty";
          }

          @Override
          public Step run(
              ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
            throw new IllegalStateException("planted");
          }
        };
    ProgramResult result = run(wasteful(), OPTIONS, RewriteStage.direct(), faulty);
    assertEquals(2, result.slotsAfter());
    assertTrue(result.reason().contains("faulty ended by a fault"), result.reason());
  }

  @Test
  void aWrongResultIsUndone() {
    ProgramResult result = run(wasteful(), OPTIONS, new Answer(List.of(set(0, 1), new Exit())));
    assertFalse(result.changed());
    assertEquals(Proof.UNCHANGED, result.proof());
    assertTrue(result.reason().contains("expected to return 2, found 1"), result.reason());
    assertEquals(1, result.wrong().size(), () -> result.wrong().toString());
  }

  /** What a stage lets the judge turn away is told, although the stage has nothing to show. */
  @Test
  void aWrongCandidateInsideAStageIsTold() {
    Answer wrong = new Answer(List.of(set(0, 1), new Exit()));
    Stage asking =
        new Stage() {
          @Override
          public String name() {
            return "asking";
          }

          @Override
          public Step run(
              ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
            assertFalse(judge.passes(wrong.run(program, options, judge, stop).program()));
            return Step.nothing(program);
          }
        };
    ProgramResult result = run(wasteful(), OPTIONS, asking);
    assertFalse(result.changed());
    assertTrue(result.reason().contains("asking was undone: the result differs"), result.reason());
    assertEquals(1, result.wrong().size());
    // What came of other stages counts more than what one of them tried.
    ProgramResult better = run(wasteful(), OPTIONS, RewriteStage.direct(), asking);
    assertEquals("", better.reason());
    assertFalse(better.wrong().isEmpty());
  }

  /** The difference needs one value of 2^32: no random run finds it, the proof does. */
  @Test
  void aWrongResultThatNoRunShowsIsUndoneByTheProof() {
    Instruction load = new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 12);
    Instruction rare = new Branch(Width.W32, JmpOp.JEQ, Reg.R0, new Imm(0x12345678), (short) 1);
    ProgramFile file = file(load, rare, set(0, 2), set(3, 7), set(0, 2), new Exit());
    ProgramResult result =
        run(file, OPTIONS, new Answer(List.of(load, rare, set(0, 2), new Exit())));
    assertFalse(result.changed(), () -> result.proof() + " " + result.result().code());
    assertTrue(result.reason().contains("planted was undone"), result.reason());
    assertTrue(result.wrong().getFirst().contains("proof found a difference"), result.reason());
  }

  @Test
  void aResultThatTheKernelRefusesIsUndone() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Feature.BPF_SYSCALL.probe() instanceof Probe.Available, "bpf(2) is not available");
    // The interpreter has nothing against reading r3 of the context's neighbourhood: unused.
    Instruction outside = new Load(MemSize.W, false, Reg.of(3), Reg.R1, (short) 24);
    ProgramResult result =
        run(wasteful(), OPTIONS, new Answer(List.of(outside, set(0, 2), new Exit())));
    assertFalse(result.changed());
    assertTrue(result.reason().contains("the kernel refuses the result"), result.reason());
  }

  @Test
  void aResultThatCostsTheVerifierTooMuchIsRefused() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Feature.BPF_SYSCALL.probe() instanceof Probe.Available, "bpf(2) is not available");
    // Both results have two instructions, and so many steps does the verifier take for them.
    ProgramResult none = optimize(wasteful(), accepting(false, 1));
    assertFalse(none.changed());
    ProgramResult some = run(wasteful(), accepting(false, 1), new Answer(list(set(0, 2))));
    assertTrue(some.reason().contains("takes at most 1 steps"), some.reason());
    assertEquals(2, optimize(wasteful(), accepting(false, 2)).slotsAfter());
  }

  private static List<Instruction> list(Instruction first) {
    return List.of(first, new Exit());
  }

  /** What a search may spend on a question does not depend on what else the machine does. */
  @Test
  void aHardQuestionEndsByWorkAndNotByTime() {
    CheckerOptions proving = SearchStage.proving(OPTIONS);
    assertTrue(proving.solverResources() > 0);
    // r0 = (r1 ^ r2) * (r1 ^ r2), and the same as (r1 | r2) - (r1 & r2) squared.
    List<Instruction> window =
        List.of(op(AluOp.MOV, 0, 1), op(AluOp.XOR, 0, 2), op(AluOp.MOV, 3, 0), op(AluOp.MUL, 0, 3));
    List<Instruction> candidate =
        List.of(
            op(AluOp.MOV, 0, 1),
            op(AluOp.OR, 0, 2),
            op(AluOp.MOV, 3, 1),
            op(AluOp.AND, 3, 2),
            op(AluOp.SUB, 0, 3),
            op(AluOp.MOV, 3, 1),
            op(AluOp.XOR, 3, 2),
            op(AluOp.MUL, 0, 3));
    for (int i = 0; i < 2; i++) {
      try (WindowProof proof =
          WindowProof.open(
              window,
              Precondition.scalars(),
              Postcondition.live(Reg.R0),
              proving.withSolverResources(20_000))) {
        WindowVerdict verdict = proof.check(candidate);
        assertTrue(verdict instanceof WindowVerdict.Unknown, verdict::toString);
      }
    }
  }

  private static Instruction op(AluOp op, int dst, int src) {
    return new Alu(Width.W64, op, Reg.of(dst), Reg.of(src));
  }

  @Test
  void aProgramThatTheKernelRefusesIsOptimizedByForceOnly() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Feature.BPF_SYSCALL.probe() instanceof Probe.Available, "bpf(2) is not available");
    ProgramFile wrong =
        file(set(3, 7), new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 80), new Exit());
    ProgramResult refused = optimize(wrong, OPTIONS);
    assertFalse(refused.changed());
    assertTrue(refused.before().refused());
    assertTrue(refused.reason().contains("--force"), refused.reason());
    ProgramResult forced = optimize(wrong, accepting(true, 0));
    assertFalse(forced.reason().contains("--force"), forced.reason());
  }

  @Test
  void theBestSoFarIsThereWhileAStageStillWorks() throws InterruptedException {
    Stage endless =
        new Stage() {
          @Override
          public String name() {
            return "endless";
          }

          @Override
          public Step run(
              ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
            while (!stop.getAsBoolean()) {
              Thread.onSpinWait();
            }
            return Step.nothing(program);
          }
        };
    ProgramFile file = wasteful();
    AtomicBoolean over = new AtomicBoolean();
    ProgramJob job =
        new ProgramJob(
            file,
            file.programs().getFirst(),
            OPTIONS,
            List.of(RewriteStage.direct(), endless),
            SharedFunctions.NONE,
            QUIET,
            _ -> over.get());
    Thread worker = Thread.ofPlatform().daemon().start(job);
    while (job.result().slotsAfter() != 2) {
      Thread.onSpinWait();
    }
    ProgramResult soFar = job.result();
    assertFalse(soFar.complete());
    over.set(true);
    worker.join();
  }

  @Test
  void theTimeLimitAndTheUserEndTheWork() {
    ProgramResult none = optimize(wasteful(), OPTIONS.within(Duration.ZERO));
    assertFalse(none.complete() && none.changed());
    assertTrue(none.changed() || none.reason().contains("out of time"), none.reason());
    ProgramFile file = wasteful();
    assertFalse(
        Optimizer.optimize(file, file.programs(), OPTIONS, QUIET, () -> true).getFirst().changed());
  }

  @Test
  void noProgramTakesTheTimeOfThoseThatWait() {
    assertEquals(100, Optimizer.share(100, 1, 1));
    assertEquals(25, Optimizer.share(100, 4, 1));
    assertEquals(50, Optimizer.share(100, 4, 2));
    assertEquals(100, Optimizer.share(100, 2, 4));
    assertEquals(0, Optimizer.share(0, 3, 1));
  }

  @Test
  void resultsAreKeptAndDamageIsNoResult() throws IOException {
    OptimizerOptions cached = OPTIONS.with(new Folders(Optional.empty(), Optional.of(folder)));
    assertFalse(optimize(wasteful(), cached).cached());
    ProgramResult again = optimize(wasteful(), cached);
    assertTrue(again.cached());
    assertEquals(2, again.slotsAfter());
    Path kept;
    try (Stream<Path> files = Files.list(folder)) {
      kept = files.findFirst().orElseThrow();
    }
    String text = Files.readString(kept);
    for (String damaged :
        List.of(
            "", "nonsense", text.replace("complete true", "complete false"), text.substring(9))) {
      Files.writeString(kept, damaged);
      ProgramResult fresh = optimize(wasteful(), cached);
      assertFalse(fresh.cached(), damaged);
      assertEquals(2, fresh.slotsAfter());
      assertEquals(text, Files.readString(kept), "the damaged file is replaced");
    }
  }

  /** A file with the right hash but a wrong program must not get past the gates either. */
  @Test
  void aWrongResultInTheCacheIsNotTaken() throws IOException {
    ProgramFile file = wasteful();
    ProgramSpec program = file.programs().getFirst();
    ProgramSpec wrong =
        new ProgramSpec(
            program.name(),
            program.section(),
            program.type(),
            new InstructionList(List.of(set(0, 1), new Exit())),
            program.functions(),
            program.maps());
    OptimizerOptions cached = OPTIONS.with(new Folders(Optional.empty(), Optional.of(folder)));
    new ResultCache(folder)
        .keep(program, cached, new ResultCache.Kept(wrong, Map.of(), 0, 0, true));
    ProgramResult result = optimize(file, cached);
    assertFalse(result.cached());
    assertEquals(set(0, 2), result.result().code().get(0));
  }

  @Test
  void programsOfAnObjectAreDeterministic() throws IOException {
    ProgramFile object =
        ProgramFile.read(
            Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf/counter.o"));
    // A limit that strikes makes results differ.
    OptimizerOptions unhurried = OPTIONS.within(Duration.ofMinutes(10));
    List<ProgramResult> one =
        Optimizer.optimize(object, object.programs(), unhurried, QUIET, () -> false);
    List<ProgramResult> two =
        Optimizer.optimize(object, object.programs(), unhurried, QUIET, () -> false);
    for (int i = 0; i < one.size(); i++) {
      assertEquals(one.get(i).result(), two.get(i).result());
      assertTrue(one.get(i).slotsAfter() <= one.get(i).slotsBefore());
      assertEquals("", one.get(i).reason());
    }
    assertTrue(one.stream().anyMatch(ProgramResult::changed), one.toString());
    Path out = folder.resolve("o.o");
    object.write(out, Optimizer.changed(one));
    assertEquals(
        one.stream().map(r -> r.result().code()).toList(),
        ProgramFile.read(out).programs().stream().map(ProgramSpec::code).toList());
  }
}
