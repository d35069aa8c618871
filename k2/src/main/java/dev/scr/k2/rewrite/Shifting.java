package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Keeps a value with a constant added to it; everyone who uses it makes up for that, in an offset
 * or by an addition. Pays where the sum was wanted anyway: a pointer that has been moved for the
 * comparison with the packet's end serves for the accesses as well.
 */
final class Shifting implements Proposal {
  private static final int STEPS = 8;

  @Override
  public String name() {
    return "shifting";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size() * STEPS;
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    List<Integer> steps = steps(draft);
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line line = draft.line(possibility / STEPS);
      int step = possibility % STEPS;
      Reg reg = Recompute.onlyWrites(line.insn());
      if (step >= steps.size() || reg == null || reg.equals(Reg.FP)) {
        continue;
      }
      Web web = Web.of(scene, line, reg);
      if (web != null && shift(draft, web, steps.get(step))) {
        return possibility;
      }
    }
    return -1;
  }

  /** Constants that the program adds, and their opposites. */
  private static List<Integer> steps(Draft draft) {
    TreeSet<Integer> steps = new TreeSet<>();
    for (Line line : draft.lines()) {
      if (line.insn() instanceof Alu(Width width, AluOp op, Reg _, Imm(int value))
          && op == AluOp.ADD
          && width == Width.W64
          && value != Integer.MIN_VALUE) {
        steps.add(value);
        steps.add(-value);
      }
    }
    return steps.stream().filter(s -> s != 0 && Math.abs(s) < 4096).limit(STEPS).toList();
  }

  private static boolean shift(Draft draft, Web web, int by) {
    List<List<Line>> replacements = new ArrayList<>();
    BitSet touched = new BitSet();
    touched.or(web.definitions());
    touched.or(web.uses());
    for (int at = touched.nextSetBit(0); at >= 0; at = touched.nextSetBit(at + 1)) {
      Optional<List<Line>> lines =
          shifted(draft.line(at), web, by, web.definitions().get(at), web.uses().get(at));
      if (lines.isEmpty()) {
        return false;
      }
      replacements.add(lines.get());
    }
    int which = replacements.size() - 1;
    for (int at = touched.length() - 1; at >= 0; at = touched.previousSetBit(at - 1)) {
      draft.replace(at, at + 1, replacements.get(which--));
    }
    return true;
  }

  private static Optional<List<Line>> shifted(
      Line line, Web web, int by, boolean defines, boolean uses) {
    Reg reg = web.reg();
    Instruction insn = line.insn();
    if ((Registers.isFixed(insn) && uses) || line.refers()) {
      return Optional.empty();
    }
    if (defines && uses) {
      return insn instanceof Alu alu
              && alu.width() == Width.W64
              && (alu.op() == AluOp.ADD || alu.op() == AluOp.SUB)
              && !reg.equals(alu.src())
          ? Optional.of(List.of(new Line(insn)))
          : Optional.empty();
    }
    if (defines) {
      return definition(insn, reg, by);
    }
    return use(insn, reg, by);
  }

  private static Optional<List<Line>> definition(Instruction insn, Reg reg, int by) {
    if (insn instanceof Alu(Width width, AluOp op, Reg dst, Imm(int value))
        && op == AluOp.MOV
        && width == Width.W64
        && value + (long) by == value + by) {
      return Optional.of(List.of(new Line(new Alu(width, op, dst, new Imm(value + by)))));
    }
    return Recompute.onlyWrites(insn) != null && !(insn instanceof LoadWide)
        ? Optional.of(List.of(new Line(insn), add(reg, by)))
        : Optional.empty();
  }

  private static Line add(Reg reg, int value) {
    return new Line(new Alu(Width.W64, AluOp.ADD, reg, new Imm(value)));
  }

  private static Optional<List<Line>> use(Instruction insn, Reg reg, int by) {
    return switch (insn) {
      case Load load when load.base().equals(reg) && fits(load.offset() - by) ->
          Optional.of(
              List.of(
                  new Line(
                      new Load(
                          load.size(),
                          load.signed(),
                          load.dst(),
                          reg,
                          (short) (load.offset() - by)))));
      case Store store
          when store.base().equals(reg) && !reg.equals(store.src()) && fits(store.offset() - by) ->
          Optional.of(
              List.of(
                  new Line(
                      new Store(store.size(), reg, (short) (store.offset() - by), store.src()))));
      case Alu alu
          when reg.equals(alu.src())
              && !reg.equals(alu.dst())
              && alu.width() == Width.W64
              && (alu.op() == AluOp.MOV || alu.op() == AluOp.ADD) ->
          Optional.of(List.of(new Line(insn), add(alu.dst(), -by)));
      default -> Optional.empty();
    };
  }

  private static boolean fits(int offset) {
    return offset == (short) offset;
  }
}
