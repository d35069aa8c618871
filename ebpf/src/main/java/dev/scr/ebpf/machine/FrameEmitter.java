package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.machine.FrameCells.Cell;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import java.lang.classfile.CodeBuilder;
import java.util.Collection;
import java.util.List;

/**
 * Emits accesses to a frame whose cells are local variables, and moves cells to the frame's memory
 * and back where something else than the function's own instructions looks at it. Bits above a
 * cell's size are undefined, as in {@link MemoryEmitter#plainLoad}.
 */
final class FrameEmitter {
  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;

  private final CodeBuilder out;
  private final FrameCells cells;
  private final MemoryEmitter memory;
  private final int frame;
  private final int first;

  /**
   * Creates an emitter.
   *
   * @param frame local variable with r10
   * @param first of the local variables for the cells
   */
  FrameEmitter(CodeBuilder out, FrameCells cells, MemoryEmitter memory, int frame, int first) {
    this.out = out;
    this.cells = cells;
    this.memory = memory;
    this.frame = frame;
    this.first = first;
  }

  /** Whether the frame's cells are local variables. */
  boolean inLocals() {
    return !cells.isEmpty();
  }

  private int local(int cell) {
    return first + 2 * cell;
  }

  /** Gives every cell a value: the JVM wants one. */
  void clear() {
    for (int cell = 0; cell < cells.cells().size(); cell++) {
      out.lconst_0().lstore(local(cell));
    }
  }

  /** The first local variable behind the cells. */
  int firstFree() {
    return local(cells.cells().size());
  }

  /** Numbers of all cells. */
  List<Integer> all() {
    return cells.overlapping(-Environment.FRAME_BYTES, Environment.FRAME_BYTES);
  }

  /** The bytes at an offset; bits above the size are undefined. */
  Code load(MemSize size, int offset) {
    int number = cells.containing(offset);
    int shift = 8 * (offset - cells.cells().get(number).offset());
    Code whole = new Code.Local(local(number));
    return shift == 0 ? whole : BV.shiftRight(whole, BV.constant(shift));
  }

  /** Stores the lower bytes of a value. */
  void store(MemSize size, int offset, Code value) {
    int number = cells.containing(offset);
    Cell cell = cells.cells().get(number);
    Code stored = value;
    if (cell.bytes() != size.bytes()) {
      int shift = 8 * (offset - cell.offset());
      long mask = ((1L << size.bits()) - 1) << shift;
      Code others = BV.and(new Code.Local(local(number)), BV.constant(~mask));
      Code moved = BV.shiftLeft(value, BV.constant(shift));
      stored = BV.or(others, BV.and(moved, BV.constant(mask)));
    }
    stored.push(out);
    out.lstore(local(number));
  }

  /** At most 8 bytes at an offset, zero-extended; a byte in no cell is zero. */
  Code word(int offset, int bytes) {
    Code word = BV.constant(0);
    for (int number : cells.overlapping(offset, bytes)) {
      Cell cell = cells.cells().get(number);
      Code part = BV.zeroExtend(new Code.Local(local(number)), 8 * cell.bytes());
      int shift = 8 * (cell.offset() - offset);
      Code moved =
          shift >= 0
              ? BV.shiftLeft(part, BV.constant(shift))
              : BV.shiftRight(part, BV.constant(-shift));
      word = word instanceof Code.Constant ? moved : BV.or(word, moved);
    }
    return BV.zeroExtend(word, 8 * bytes);
  }

  /** Writes the cells that overlap these bytes to the frame's memory. */
  void flush(int offset, int bytes) {
    flush(cells.overlapping(offset, bytes));
  }

  /** Writes cells to the frame's memory. */
  void flush(Collection<Integer> numbers) {
    for (int number : numbers) {
      Cell cell = cells.cells().get(number);
      memory.plainStore(size(cell), address(cell), new Code.Local(local(number)));
    }
  }

  /** Reads cells from the frame's memory. */
  void reload(Collection<Integer> numbers) {
    for (int number : numbers) {
      Cell cell = cells.cells().get(number);
      memory.plainLoad(size(cell), address(cell)).push(out);
      out.lstore(local(number));
    }
  }

  private Code address(Cell cell) {
    return BV.add(new Code.Local(frame), BV.constant(cell.offset()));
  }

  private static MemSize size(Cell cell) {
    return switch (cell.bytes()) {
      case 1 -> MemSize.B;
      case 2 -> MemSize.H;
      case 4 -> MemSize.W;
      default -> MemSize.DW;
    };
  }
}
