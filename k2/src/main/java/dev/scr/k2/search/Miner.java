package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;
import dev.scr.k2.proof.WindowVerdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Finds rules offline: all sequences up to a length over two registers, grouped by what they make
 * of test inputs; the longer ones of a group become the shortest one, if that is proved. A sequence
 * that contains the left side of another rule gives no rule of its own. Deterministic.
 *
 * @param longest instructions of a left side
 * @param operations that appear in it
 * @param constants that appear in it
 * @param widths what may be known of r0 and r1: each pair of numbers of bits is mined on its own,
 *     64 standing for nothing known
 * @param prover decides
 */
public record Miner(
    int longest,
    List<AluOp> operations,
    List<Integer> constants,
    List<List<Integer>> widths,
    WindowProver prover) {
  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;
  private static final int COLUMNS = 24;
  private static final List<AluOp> ALL =
      List.of(
          AluOp.MOV,
          AluOp.ADD,
          AluOp.SUB,
          AluOp.AND,
          AluOp.OR,
          AluOp.XOR,
          AluOp.LSH,
          AluOp.RSH,
          AluOp.ARSH,
          AluOp.NEG);

  /** What compilers make to cut and move bits. */
  private static final List<AluOp> CUTS =
      List.of(AluOp.MOV, AluOp.AND, AluOp.LSH, AluOp.RSH, AluOp.ARSH);

  private static final List<List<Integer>> KNOWN_WIDTHS =
      List.of(
          List.of(64, 64),
          List.of(32, 64),
          List.of(16, 64),
          List.of(8, 64),
          List.of(64, 32),
          List.of(64, 16),
          List.of(64, 8));

  /** The rules of this project: all pairs of operations, and cuts of three instructions. */
  public static List<MinedRule> standard(WindowProver prover, BooleanSupplier stop) {
    List<MinedRule> rules =
        new ArrayList<>(
            new Miner(
                    2,
                    ALL,
                    List.of(0, -1, 1, 8, 16, 24, 32, 48, 56, 255, 65535),
                    KNOWN_WIDTHS,
                    prover)
                .mine(stop));
    new Miner(3, CUTS, List.of(0, 8, 16, 32, 48, 255), List.of(List.of(64, 64)), prover)
        .mine(stop).stream().filter(rule -> rule.original().size() == 3).forEach(rules::add);
    return rules;
  }

  /** Copies the lists. */
  public Miner {
    operations = List.copyOf(operations);
    constants = List.copyOf(constants);
    widths = List.copyOf(widths);
  }

  /** Mines; {@code stop} ends it with the rules so far. */
  public List<MinedRule> mine(BooleanSupplier stop) {
    List<MinedRule> rules = new ArrayList<>();
    Map<List<Instruction>, List<MinedRule>> known = new HashMap<>();
    for (List<Integer> bits : widths) {
      new Vein(bits.get(0), bits.get(1), known, rules, stop).mine();
    }
    return rules;
  }

  /** A sequence and what it makes of r0 for every input. */
  private static final class Sequence {
    final List<Instruction> code;
    final long[] column;

    Sequence(List<Instruction> code, long[] column) {
      this.code = List.copyOf(code);
      this.column = column;
    }
  }

  /** What comes out for all inputs; a key. */
  private record Signature(List<Long> values) {
    static Signature of(long[] column) {
      return new Signature(Arrays.stream(column).boxed().toList());
    }
  }

  /** The mining for one choice of what is known. */
  private final class Vein {
    private final int bits0;
    private final int bits1;
    private final Map<List<Instruction>, List<MinedRule>> known;
    private final List<MinedRule> rules;
    private final BooleanSupplier stop;
    private final long[] start = new long[COLUMNS];
    private final long[] other = new long[COLUMNS];
    private final Map<Signature, List<Instruction>> shortest = new HashMap<>();

    /** Single instructions that another one does as well, for example to subtract −1. */
    private final Set<Instruction> aliases = new HashSet<>();

    Vein(
        int bits0,
        int bits1,
        Map<List<Instruction>, List<MinedRule>> known,
        List<MinedRule> rules,
        BooleanSupplier stop) {
      this.bits0 = bits0;
      this.bits1 = bits1;
      this.known = known;
      this.rules = rules;
      this.stop = stop;
      SplittableRandom random = new SplittableRandom(bits0 * 100L + bits1);
      for (int t = 0; t < COLUMNS; t++) {
        start[t] = draw(t, bits0, random);
        other[t] = draw(t + 5, bits1, random);
      }
    }

    private static long draw(int test, int bits, SplittableRandom random) {
      long[] corners = {0, 1, -1, 0x80, 0x8000, 0x8000_0000L, Long.MIN_VALUE, 0x7fff_ffffL};
      long value = test < corners.length ? corners[test] : random.nextLong();
      return bits == 64 ? value : value & ((1L << bits) - 1);
    }

    void mine() {
      List<Instruction> menu = menu();
      List<Sequence> previous = List.of(new Sequence(List.of(), start));
      shortest.put(Signature.of(start), List.of());
      for (int length = 1; length <= longest; length++) {
        List<Sequence> next = new ArrayList<>();
        for (Sequence sequence : previous) {
          for (Instruction insn : menu) {
            if (stop.getAsBoolean()) {
              return;
            }
            extend(sequence, insn, length < longest, next);
          }
        }
        previous = next;
      }
    }

    private void extend(Sequence sequence, Instruction insn, boolean goOn, List<Sequence> next) {
      List<Instruction> code = new ArrayList<>(sequence.code);
      code.add(insn);
      if (idle(sequence, insn) || aliases.contains(insn) || containsKnown(code)) {
        return;
      }
      long[] column = run(insn, sequence.column);
      List<Instruction> best = shortest.putIfAbsent(Signature.of(column), List.copyOf(code));
      boolean alias = best != null && code.size() == 1 && best.size() == 1;
      if (alias) {
        aliases.add(insn);
      } else if (best != null && best.size() < code.size()) {
        prove(code, best);
      } else if (goOn) {
        next.add(new Sequence(code, column));
      }
    }

    /** Sequences that a data-flow analysis shortens: dead instructions, folded constants. */
    private static boolean idle(Sequence sequence, Instruction insn) {
      boolean constant =
          !sequence.code.isEmpty()
              && sequence.code.getFirst() instanceof Alu(var _, AluOp op, Reg _, Imm _)
              && op == AluOp.MOV;
      boolean overwrites =
          !sequence.code.isEmpty()
              && insn instanceof Alu alu
              && !alu.op().readsDestination()
              && !alu.src().equals(Reg.R0);
      return constant || overwrites;
    }

    /** Whether a rule with no more conditions already shortens a part of it. */
    private boolean containsKnown(List<Instruction> code) {
      for (int from = 0; from < code.size(); from++) {
        for (int to = from + 1; to <= code.size(); to++) {
          for (MinedRule rule : known.getOrDefault(code.subList(from, to), List.of())) {
            // What is known of r0 holds only before the first instruction.
            boolean place = from == 0 || rule.bits0() == 64;
            if (place && rule.bits0() >= bits0 && rule.bits1() >= bits1) {
              return true;
            }
          }
        }
      }
      return false;
    }

    private void prove(List<Instruction> code, List<Instruction> best) {
      if (best.size() == 1
          && best.getFirst() instanceof Alu(var _, var op, Reg _, Imm _)
          && op == AluOp.MOV) {
        return;
      }
      MinedRule rule = new MinedRule(code, best, bits0, bits1);
      try (WindowProver.Session session = prover.open(rule.window())) {
        if (session.check(best) instanceof WindowVerdict.Equivalent) {
          rules.add(rule);
          known.computeIfAbsent(rule.original(), _ -> new ArrayList<>()).add(rule);
        }
      }
    }

    private long[] run(Instruction insn, long[] column) {
      long[] result = new long[COLUMNS];
      for (int t = 0; t < COLUMNS; t++) {
        result[t] =
            switch (insn) {
              case Alu(Width width, AluOp op, Reg _, Operand src) ->
                  ARITHMETIC.alu(op, width, column[t], value(src, column[t], other[t]));
              case Swap(SwapOp op, Reg _) -> ARITHMETIC.swap(op, column[t]);
              default -> throw new IllegalStateException("not in the menu: " + insn);
            };
      }
      return result;
    }

    private static long value(Operand src, long r0, long r1) {
      return switch (src) {
        case Imm imm -> imm.value();
        case Reg reg -> reg.number() == 0 ? r0 : r1;
      };
    }
  }

  private List<Instruction> menu() {
    List<Instruction> menu = new ArrayList<>();
    for (AluOp op : operations) {
      for (Width width : List.of(Width.W64, Width.W32)) {
        if (op == AluOp.NEG) {
          menu.add(new Alu(width, op, Reg.R0, Imm.ZERO));
          continue;
        }
        // Long sequences combine too many registers; short ones have them all.
        if (longest < 3 || op == AluOp.MOV) {
          menu.add(new Alu(width, op, Reg.R0, Reg.R0));
          menu.add(new Alu(width, op, Reg.R0, Reg.R1));
        }
        for (int constant : constants) {
          boolean shift = op == AluOp.LSH || op == AluOp.RSH || op == AluOp.ARSH;
          boolean inRange = !shift || (constant > 0 && constant < width.bits());
          // Subtractions of constants are additions, and 0 is only good for a move.
          if (inRange && op != AluOp.SUB && (constant != 0 || op == AluOp.MOV)) {
            menu.add(new Alu(width, op, Reg.R0, new Imm(constant)));
          }
        }
      }
    }
    if (longest > 2) {
      return menu;
    }
    for (SwapOp op : List.of(SwapOp.BE16, SwapOp.BE32, SwapOp.BE64)) {
      menu.add(new Swap(op, Reg.R0));
    }
    return menu;
  }
}
