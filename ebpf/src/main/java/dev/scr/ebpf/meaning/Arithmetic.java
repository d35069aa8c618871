package dev.scr.ebpf.meaning;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;

/**
 * {@link Meaning} on primitive longs, for interpreters. The one implementation is generated at
 * start-up from the definition, so there is no second one. Thread-safe: it has no state.
 */
@SuppressWarnings("EnumOrdinal") // a row is a position in its table
public abstract class Arithmetic {
  /** The generated implementation. */
  public static final Arithmetic GENERATED = ArithmeticGenerator.generate();

  /** For the generated class only. */
  protected Arithmetic() {}

  /** {@link Meaning#alu} with the row of {@link #row(AluOp, Width)}. */
  public abstract long alu(int row, long dst, long src);

  /** {@link Meaning#swap} with the ordinal of the operation. */
  public abstract long swap(int row, long dst);

  /** {@link Meaning#test} with the row of {@link #row(JmpOp, Width)}. */
  public abstract boolean test(int row, long dst, long src);

  /** {@link Meaning#atomic} with the row of {@link #row(AtomicOp, Width)}. */
  public abstract long atomic(int row, long old, long src, long r0);

  /** {@link Meaning#loaded} with the row of {@link #row(MemSize, boolean)}. */
  public abstract long loaded(int row, long bytes);

  /** {@link Meaning#loadedFromPacket} with the ordinal of the size. */
  public abstract long loadedFromPacket(int row, long bytes);

  /** {@link Meaning#loaded}. */
  public final long loaded(MemSize size, boolean signed, long bytes) {
    return loaded(row(size, signed), bytes);
  }

  /** {@link Meaning#loadedFromPacket}. */
  public final long loadedFromPacket(MemSize size, long bytes) {
    return loadedFromPacket(size.ordinal(), bytes);
  }

  /** {@link Meaning#alu}. */
  public final long alu(AluOp op, Width width, long dst, long src) {
    return alu(row(op, width), dst, src);
  }

  /** {@link Meaning#swap}. */
  public final long swap(SwapOp op, long dst) {
    return swap(op.ordinal(), dst);
  }

  /** {@link Meaning#test}. */
  public final boolean test(JmpOp op, Width width, long dst, long src) {
    return test(row(op, width), dst, src);
  }

  /** {@link Meaning#atomic}. */
  public final long atomic(AtomicOp op, Width width, long old, long src, long r0) {
    return atomic(row(op, width), old, src, r0);
  }

  /** The row of a load. */
  public static int row(MemSize size, boolean signed) {
    return size.ordinal() * 2 + (signed ? 1 : 0);
  }

  /** The row of an operation at a width. */
  public static int row(AluOp op, Width width) {
    return op.ordinal() * 2 + width.ordinal();
  }

  /** The row of an operation at a width. */
  public static int row(JmpOp op, Width width) {
    return op.ordinal() * 2 + width.ordinal();
  }

  /** The row of an operation at a width. */
  public static int row(AtomicOp op, Width width) {
    return op.ordinal() * 2 + width.ordinal();
  }
}
