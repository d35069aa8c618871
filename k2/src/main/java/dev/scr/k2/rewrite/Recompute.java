package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes a value in one instruction where the program takes several: byte ladders become wide
 * loads, pairs of shifts become extensions, and what a chain of operations undoes is not done.
 */
final class Recompute implements Rewrite {
  @Override
  public String name() {
    return "recompute";
  }

  @Override
  public int apply(Scene scene) {
    BitSet dead = new BitSet();
    BitSet touched = new BitSet();
    int total = 0;
    // What comes after a shortened chain finds the values that it expects, so that one analysis
    // serves for all chains that do not overlap. Inside a shortened chain it is out of date.
    for (int end = 0; end < scene.draft().size(); end++) {
      if (chain(scene, end, dead, touched)) {
        total++;
      }
    }
    if (total > 0) {
      scene.draft().deleteAll(dead);
      scene.changed();
    }
    return total;
  }

  /** The register that an instruction writes, if that is all it does. */
  static @Nullable Reg onlyWrites(Instruction insn) {
    return switch (insn) {
      case Alu alu -> alu.dst();
      case Load load -> load.dst();
      case LoadWide wide -> wide.dst();
      case Swap swap -> swap.dst();
      default -> null;
    };
  }

  /** The value that such an instruction leaves. */
  static @Nullable Term value(Scene scene, State state, Instruction insn) {
    return switch (insn) {
      case Alu alu -> scene.analysis().computed(alu, state);
      case Load load -> scene.analysis().loaded(load, state);
      case LoadWide wide -> scene.analysis().constant(wide);
      case Swap swap -> {
        Term value = state.register(swap.dst());
        yield value == null ? null : Meaning.swap(scene.analysis().terms(), swap.op(), value);
      }
      default -> null;
    };
  }

  private static boolean chain(Scene scene, int end, BitSet dead, BitSet touched) {
    Line last = scene.draft().line(end);
    Reg dst = onlyWrites(last.insn());
    State state = scene.analysis().before(last);
    if (dst == null || state == null) {
      return false;
    }
    Term wanted = value(scene, state, last.insn());
    return wanted != null && shorten(scene, last, dst, wanted, dead, touched);
  }

  /** Looks back for the earliest line of the block after which only this value was made in dst. */
  private static boolean shorten(
      Scene scene, Line last, Reg dst, Term wanted, BitSet dead, BitSet touched) {
    Draft draft = scene.draft();
    BitSet between = new BitSet();
    for (int at = last.index(); at >= 0; at--) {
      Line line = draft.line(at);
      if (touched.get(at) || (at < last.index() && !passes(line, dst))) {
        return false;
      }
      boolean writes = dst.equals(onlyWrites(line.insn()));
      if (writes) {
        between.set(at);
      } else if (reads(line.insn(), dst)) {
        return false;
      }
      if (writes && between.cardinality() > 1 && replaced(scene, last, dst, wanted, at, between)) {
        dead.or(between);
        touched.set(at, last.index() + 1);
        return true;
      }
      if (scene.analysis().isLeader(line)) {
        return false;
      }
    }
    return false;
  }

  private static boolean replaced(
      Scene scene, Line last, Reg dst, Term wanted, int start, BitSet chain) {
    State before = scene.analysis().before(scene.draft().line(start));
    State atEnd = scene.analysis().before(last);
    if (before == null || atEnd == null) {
      return false;
    }
    int slots = chain.stream().map(i -> scene.draft().line(i).insn().slots()).sum();
    if (before.register(dst) == wanted) {
      return true;
    }
    if (slots < 2) {
      return false;
    }
    // At the end with the old value of dst still in place, or at the start.
    Optional<Instruction> one = first(scene, atEnd, before, dst, wanted);
    if (one.isPresent()) {
      last.become(one.get());
      chain.clear(last.index());
      return true;
    }
    return false;
  }

  private static Optional<Instruction> first(
      Scene scene, State atEnd, State before, Reg dst, Term wanted) {
    State view = atEnd.withRegister(dst, before.register(dst));
    List<Instruction> found = new OneInstruction(scene, view).computing(wanted, dst);
    return found.stream().findFirst();
  }

  /** Whether a chain may go on across a line. */
  private static boolean passes(Line line, Reg dst) {
    return onlyWrites(line.insn()) != null
        || (line.insn() instanceof Instruction.Store && !reads(line.insn(), dst));
  }

  private static boolean reads(Instruction insn, Reg reg) {
    return Registers.read(insn).contains(reg);
  }
}
