package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;
import dev.scr.k2.analysis.Bounds;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A piece of control flow that only compares one register with constants, and perhaps puts
 * constants into another, is made anew as the shortest list of such steps ({@link DecisionList}).
 * Compilers make a tree of a {@code switch}, and of each of its arms a place of its own.
 */
final class Choices implements Proposal {
  private static final int FEWEST_BRANCHES = 3;
  private static final int MOST_LINES = 48;

  @Override
  public String name() {
    return "choices";
  }

  @Override
  public int possibilities(Draft draft) {
    return 2 * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    // Two possibilities per line: with the constants that a register gets, and without.
    for (int possibility = from; possibility < possibilities(scene.draft()); possibility++) {
      Line entry = scene.draft().line(possibility / 2);
      if (isStep(entry.insn()) && new Piece(scene, entry, possibility % 2 == 0).remake()) {
        return possibility;
      }
    }
    return -1;
  }

  private static boolean isStep(Instruction insn) {
    return insn instanceof Branch || isConstant(insn);
  }

  private static boolean isConstant(Instruction insn) {
    return insn instanceof Alu alu && alu.op() == AluOp.MOV && alu.src() instanceof Imm;
  }

  /** The lines that can be reached from one through comparisons and constants only. */
  private static final class Piece {
    private final Scene scene;
    private final Draft draft;
    private final Line entry;
    private final Set<Line> lines = new LinkedHashSet<>();
    private final List<Line> places = new ArrayList<>();
    private @Nullable Reg compared;
    private @Nullable Reg put;
    private int branches;

    Piece(Scene scene, Line entry, boolean withConstants) {
      this.scene = scene;
      this.draft = scene.draft();
      this.entry = entry;
      collect(withConstants);
    }

    private void collect(boolean withConstants) {
      Deque<Line> open = new ArrayDeque<>(List.of(entry));
      while (!open.isEmpty() && lines.size() <= MOST_LINES) {
        Line line = open.removeFirst();
        if (!belongs(line, withConstants) || !lines.add(line)) {
          continue;
        }
        if (line.isJump()) {
          open.add(line.target());
        }
        if (line.fallsThrough() && line.index() + 1 < draft.size()) {
          open.add(draft.line(line.index() + 1));
        }
      }
    }

    private boolean belongs(Line line, boolean withConstants) {
      return switch (line.insn()) {
        case Jump _ -> true;
        case Branch branch when branch.src() instanceof Imm && branch.op() != JmpOp.JSET -> {
          if (compared == null && !branch.dst().equals(put)) {
            compared = branch.dst();
          }
          boolean same = branch.dst().equals(compared);
          branches += same ? 1 : 0;
          yield same;
        }
        case Alu alu when withConstants && isConstant(alu) -> {
          if (put == null && !alu.dst().equals(compared)) {
            put = alu.dst();
          }
          yield alu.dst().equals(put);
        }
        default -> false;
      };
    }

    boolean remake() {
      State state = scene.analysis().before(entry);
      Term number = state == null || compared == null ? null : state.register(compared);
      if (state == null
          || number == null
          || number.region() != null
          || branches < FEWEST_BRANCHES
          || lines.size() > MOST_LINES) {
        return false;
      }
      List<DecisionList.Piece> pieces = pieces(state.bounds(number));
      if (pieces.isEmpty()) {
        return false;
      }
      int free = free();
      List<DecisionList.Step> steps = DecisionList.shortest(pieces, free, scene.options()::has);
      if (steps.isEmpty() || DecisionList.slots(steps, free) >= lines.size()) {
        return false;
      }
      List<Line> list = steps.stream().map(this::line).toList();
      draft.lines().addAll(entry.index(), list);
      draft.redirect(entry, list.getFirst());
      draft.renumber();
      return true;
    }

    /** The number of a place, −1 if it has none; all exits are one. */
    private int place(Line line) {
      for (int i = 0; i < places.size(); i++) {
        Line known = places.get(i);
        if (known == line || (known.insn() instanceof Exit && line.insn() instanceof Exit)) {
          return i;
        }
      }
      return -1;
    }

    /**
     * The first line behind the piece, if it is one of those that it leads to. An exit that is not
     * the only one need not stay.
     */
    private int free() {
      boolean exits = draft.lines().stream().filter(l -> l.insn() instanceof Exit).count() > 1;
      int at = entry.index();
      while (at < draft.size()
          && (lines.contains(draft.line(at)) || (exits && draft.line(at).insn() instanceof Exit))) {
        at++;
      }
      return at < draft.size() ? place(draft.line(at)) : -1;
    }

    /** Where each number goes; none if that cannot be told. */
    private List<DecisionList.Piece> pieces(Bounds bounds) {
      if (bounds.isEmpty()) {
        return List.of();
      }
      Set<Long> starts = new TreeSet<>(Long::compareUnsigned);
      starts.add(bounds.min());
      boolean narrow = Long.compareUnsigned(bounds.max(), 0xffff_ffffL) <= 0;
      for (Line line : lines) {
        if (line.insn() instanceof Branch branch && branch.src() instanceof Imm(int imm)) {
          boolean words = branch.width() == Width.W32;
          if (words && !narrow) {
            return List.of();
          }
          long constant = words ? imm & 0xffff_ffffL : imm;
          starts.addAll(List.of(constant, constant + 1, words ? 1L << 31 : Long.MIN_VALUE));
        }
      }
      starts.removeIf(start ->
          Long.compareUnsigned(start, bounds.min()) < 0
              || Long.compareUnsigned(start, bounds.max()) > 0);
      List<Long> from = List.copyOf(starts);
      List<DecisionList.Piece> pieces = new ArrayList<>();
      for (int i = 0; i < from.size(); i++) {
        long to = i + 1 < from.size() ? from.get(i + 1) - 1 : bounds.max();
        DecisionList.Outcome outcome = outcome(from.get(i));
        if (outcome == null) {
          return List.of();
        }
        pieces.add(new DecisionList.Piece(from.get(i), to, outcome));
      }
      return pieces;
    }

    /** Where a number goes; null if it goes round in circles. */
    private DecisionList.@Nullable Outcome outcome(long number) {
      DecisionList.Value value = new DecisionList.Kept();
      Line at = entry;
      for (int steps = 0; lines.contains(at); steps++) {
        if (steps > MOST_LINES) {
          return null;
        }
        boolean jumps = at.insn() instanceof Jump;
        if (at.insn() instanceof Branch(Width width, JmpOp op, Reg _, Imm(int imm), short _)) {
          jumps = Arithmetic.GENERATED.test(op, width, number, imm);
        } else if (at.insn() instanceof Alu alu && alu.src() instanceof Imm(int imm)) {
          value =
              new DecisionList.Constant(Arithmetic.GENERATED.alu(AluOp.MOV, alu.width(), 0, imm));
        }
        at = jumps ? at.target() : draft.line(at.index() + 1);
      }
      if (place(at) < 0) {
        places.add(at);
      }
      boolean needed = put != null && scene.liveness().neededBefore(at, put) != 0;
      return new DecisionList.Outcome(place(at), needed ? value : new DecisionList.Any());
    }

    private Line line(DecisionList.Step step) {
      return switch (step) {
        case DecisionList.Test(Width width, JmpOp op, int constant, int place) ->
            new Line(
                new Branch(width, op, known(compared), new Imm(constant), (short) 0),
                places.get(place));
        case DecisionList.Put(long value) ->
            new Line(
                new Alu(
                    value == (int) value ? Width.W64 : Width.W32,
                    AluOp.MOV,
                    known(put),
                    new Imm((int) value)));
        case DecisionList.Go(int place) -> new Line(new Jump(false, 0), places.get(place));
      };
    }

    private static Reg known(@Nullable Reg reg) {
      if (reg == null) {
        throw new IllegalStateException("expected a register, found a piece without one");
      }
      return reg;
    }
  }
}
