package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A private frame cut into cells, each of which lives in a local variable: the largest accesses.
 * Accesses are naturally aligned, so that two of them overlap only if one contains the other, and
 * every access lies in one cell.
 *
 * <p>Why: a key that is stored in pieces and read back as a whole stalls the processor (a store
 * cannot be forwarded to a larger load), for each history item anew.
 *
 * @param cells by rising offset; empty if the frame stays in memory
 */
record FrameCells(List<Cell> cells) {
  /** More would make methods large; a program with so many moves blocks of memory. */
  private static final int MAX_CELLS = 96;

  /** The frame stays in memory. */
  static final FrameCells NONE = new FrameCells(List.of());

  /**
   * Bytes of a frame.
   *
   * @param offset from r10, negative
   */
  record Cell(int offset, int bytes) {
    private boolean overlaps(int at, int length) {
      return offset < at + length && at < offset + bytes;
    }
  }

  FrameCells {
    cells = List.copyOf(cells);
  }

  /** The cells of a function. */
  static FrameCells of(
      InstructionList code, ControlFlow.Function function, int number, KnownPointers pointers) {
    if (!pointers.isPrivate(number)) {
      return NONE;
    }
    TreeMap<Integer, Integer> bytesAt = new TreeMap<>();
    for (int i = function.start(); i < function.end(); i++) {
      long base = pointers.base(i);
      if (KnownPointers.isFrame(base)) {
        Cell access = access(code.get(i), KnownPointers.offset(base));
        bytesAt.merge(access.offset(), access.bytes(), Math::max);
      }
    }
    List<Cell> cells = new ArrayList<>();
    bytesAt.forEach((offset, bytes) -> {
      Cell last = cells.isEmpty() ? null : cells.getLast();
      if (last == null || !last.overlaps(offset, bytes)) {
        cells.add(new Cell(offset, bytes));
      }
    });
    return cells.size() > MAX_CELLS ? NONE : new FrameCells(cells);
  }

  private static Cell access(Instruction insn, int base) {
    return switch (insn) {
      case Load load -> new Cell(base + load.offset(), load.size().bytes());
      case Store store -> new Cell(base + store.offset(), store.size().bytes());
      case Atomic atomic -> new Cell(base + atomic.offset(), atomic.width() == Width.W64 ? 8 : 4);
      default -> throw new IllegalStateException("no access: " + insn);
    };
  }

  boolean isEmpty() {
    return cells.isEmpty();
  }

  /** Number of the cell that contains these bytes. */
  int containing(int offset) {
    for (int i = 0; i < cells.size(); i++) {
      if (cells.get(i).overlaps(offset, 1)) {
        return i;
      }
    }
    throw new IllegalStateException("no cell at " + offset);
  }

  /**
   * Numbers of the cells that instructions use, or only of those that they may change. A helper
   * that gets a pointer into the frame uses and changes all.
   */
  Set<Integer> used(Unit unit, int from, int to, boolean changed) {
    Set<Integer> used = new TreeSet<>();
    for (int i = from; i < to && !isEmpty(); i++) {
      Instruction insn = unit.spec().code().get(i);
      long base = unit.pointers().base(i);
      if (KnownPointers.isFrame(base) && !(changed && insn instanceof Load)) {
        used.add(containing(access(insn, KnownPointers.offset(base)).offset()));
      } else if (insn instanceof CallHelper && unit.pointers().passesFrame(i)) {
        used.addAll(overlapping(-Environment.FRAME_BYTES, Environment.FRAME_BYTES));
      }
    }
    return used;
  }

  /** Numbers of the cells that overlap these bytes. */
  List<Integer> overlapping(int offset, int bytes) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      if (cells.get(i).overlaps(offset, bytes)) {
        found.add(i);
      }
    }
    return found;
  }
}
