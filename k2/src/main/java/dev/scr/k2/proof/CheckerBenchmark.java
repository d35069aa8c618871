package dev.scr.k2.proof;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.proof.ValueFact.Pointer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * How fast windows are checked: random windows of a few instructions on registers, packet and
 * stack, each with candidates as a search proposes them. What is measured is one call of {@link
 * WindowProof#check}; preparing a window is not part of it.
 */
public final class CheckerBenchmark {
  private static final int CANDIDATES = 40;
  private static final int REGISTERS = 5;
  private static final Reg PACKET = Reg.of(6);

  private static final List<AluOp> OPERATIONS =
      List.of(
          AluOp.ADD,
          AluOp.SUB,
          AluOp.OR,
          AluOp.AND,
          AluOp.XOR,
          AluOp.MOV,
          AluOp.LSH,
          AluOp.RSH,
          AluOp.ARSH,
          AluOp.MUL);

  private static final List<Integer> CONSTANTS = List.of(0, 1, 2, 4, 8, 16, 32, 48, 255, 65535, -1);

  private final SplittableRandom random;
  private int cached;

  private CheckerBenchmark(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /**
   * What was measured.
   *
   * @param checks number of checks
   * @param checksPerSecond over the time in checks
   * @param medianNanos of one check
   * @param p99Nanos 99 of 100 checks took at most this
   * @param byCache candidates of which the verdict was known, apart from the checks
   * @param byNormalForm equivalent by the normal form
   * @param byInputs told apart by an input that was at hand, or by the solver's
   * @param bySolver equivalent by Z3
   * @param refused against the rules of access
   * @param unknown given up
   */
  public record Result(
      int checks,
      double checksPerSecond,
      long medianNanos,
      long p99Nanos,
      int byCache,
      int byNormalForm,
      int byInputs,
      int bySolver,
      int refused,
      int unknown) {}

  /** Checks candidates for so many windows. */
  public static Result run(int windows, int length, long seed) {
    CheckerBenchmark benchmark = new CheckerBenchmark(seed);
    WindowStatistics total = new WindowStatistics();
    for (int i = 0; i < windows; i++) {
      benchmark.window(length, total);
    }
    return new Result(
        total.checks(),
        total.checks() * 1e9 / Math.max(1, total.totalNanos()),
        total.percentileNanos(0.5),
        total.percentileNanos(0.99),
        benchmark.cached,
        total.byNormalForm(),
        total.different(),
        total.bySolver(),
        total.refused(),
        total.unknown());
  }

  private void window(int length, WindowStatistics total) {
    List<Instruction> original = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      original.add(instruction());
    }
    Precondition pre =
        Precondition.scalars()
            .with(PACKET, new Pointer(Region.PACKET, 0))
            .withAccessible(Region.PACKET, 0, 16, true)
            .withAccessible(Region.STACK, -16, 0, true);
    Postcondition post = Postcondition.live(Reg.R0, Reg.R1, Reg.of(2));
    try (WindowProof proof = WindowProof.open(original, pre, post, CheckerOptions.DEFAULT)) {
      Set<List<Instruction>> known = new HashSet<>();
      for (int i = 0; i < CANDIDATES; i++) {
        List<Instruction> candidate = candidate(original);
        if (known.add(candidate)) {
          proof.check(candidate);
        } else {
          cached++;
        }
      }
      total.add(proof.statistics());
    }
  }

  /** One instruction less, or another one, or two exchanged: what a search tries. */
  private List<Instruction> candidate(List<Instruction> original) {
    List<Instruction> code = new ArrayList<>(original);
    int at = random.nextInt(code.size());
    switch (random.nextInt(4)) {
      case 0 -> code.remove(at);
      case 1 -> code.add(code.remove(at));
      case 2 -> {
        code.remove(at);
        code.set(random.nextInt(code.size()), instruction());
      }
      default -> code.set(at, instruction());
    }
    return code;
  }

  private Instruction instruction() {
    Reg dst = Reg.of(random.nextInt(REGISTERS));
    Reg src = Reg.of(random.nextInt(REGISTERS));
    MemSize size = List.of(MemSize.values()).get(random.nextInt(MemSize.values().length));
    int slot = random.nextInt(16 / size.bytes()) * size.bytes();
    return switch (random.nextInt(8)) {
      case 0 -> new Load(size, false, dst, PACKET, (short) slot);
      case 1 -> new Load(size, false, dst, Reg.FP, (short) (slot - 16));
      case 2 -> new Store(size, Reg.FP, (short) (slot - 16), src);
      case 3 -> new Store(size, PACKET, (short) slot, src);
      default -> {
        AluOp op = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
        Operand operand =
            random.nextBoolean() ? src : new Imm(CONSTANTS.get(random.nextInt(CONSTANTS.size())));
        yield new Alu(random.nextInt(4) == 0 ? Width.W32 : Width.W64, op, dst, operand);
      }
    };
  }
}
