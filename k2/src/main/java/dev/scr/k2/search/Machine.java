package dev.scr.k2.search;

import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.meaning.Arithmetic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Runs straight-line code on one concrete input after the other. Flat arrays, no allocation while
 * it runs. Owned by one thread.
 */
final class Machine {
  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Layout layout;
  final long[] r = new long[Reg.COUNT];
  final byte[][] memory;
  private final long[] bases;

  /** Region and index of the last address that was resolved. */
  private int region;

  private int index;

  Machine(Layout layout) {
    this.layout = layout;
    this.memory = new byte[layout.regionCount()][];
    this.bases = new long[layout.regionCount()];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = new byte[layout.size(i)];
    }
  }

  /** Starts with an input. */
  void begin(TestCase input) {
    System.arraycopy(input.registers, 0, r, 0, r.length);
    for (int i = 0; i < memory.length; i++) {
      bases[i] = input.bases[i];
      System.arraycopy(input.memory[i], 0, memory[i], 0, memory[i].length);
    }
  }

  /** Runs the first {@code count} steps; false if one accesses memory outside of the regions. */
  boolean run(Step[] code, int count, TestCase input) {
    begin(input);
    for (int i = 0; i < count; i++) {
      if (!step(code[i])) {
        return false;
      }
    }
    return true;
  }

  private boolean step(Step step) {
    switch (step.kind) {
      case ALU_REGISTER -> r[step.dst] = ARITHMETIC.alu(step.row, r[step.dst], r[step.src]);
      case ALU_CONSTANT -> r[step.dst] = ARITHMETIC.alu(step.row, r[step.dst], step.imm);
      case SWAP -> r[step.dst] = ARITHMETIC.swap(step.row, r[step.dst]);
      case CONSTANT -> r[step.dst] = step.imm;
      case ADDRESS -> r[step.dst] = bases[step.region];
      case LOAD -> {
        if (!resolve(step)) {
          return false;
        }
        r[step.dst] = ARITHMETIC.loaded(step.row, load(memory[region], index, step.bytes));
      }
      case STORE_REGISTER, STORE_CONSTANT -> {
        if (!resolve(step)) {
          return false;
        }
        long value = step.src < 0 ? step.imm : r[step.src];
        store(memory[region], index, step.bytes, value);
      }
      case ATOMIC -> {
        if (!resolve(step)) {
          return false;
        }
        long old = load(memory[region], index, step.bytes);
        store(
            memory[region], index, step.bytes, ARITHMETIC.atomic(step.row, old, r[step.src], r[0]));
      }
    }
    return true;
  }

  private boolean resolve(Step step) {
    long address = r[step.base] + step.offset;
    for (int i = 0; i < memory.length; i++) {
      long at = address - bases[i] - layout.low(i);
      if (at >= 0 && at + step.bytes <= memory[i].length) {
        region = i;
        index = (int) at;
        return true;
      }
    }
    return false;
  }

  /** Bytes of an array, zero-extended. */
  static long load(byte[] from, int at, int bytes) {
    return switch (bytes) {
      case 1 -> from[at] & 0xffL;
      case 2 -> (short) SHORT.get(from, at) & 0xffffL;
      case 4 -> (int) INT.get(from, at) & 0xffff_ffffL;
      default -> (long) LONG.get(from, at);
    };
  }

  /** Puts the lower bytes of a number into an array. */
  static void store(byte[] into, int at, int bytes, long value) {
    switch (bytes) {
      case 1 -> into[at] = (byte) value;
      case 2 -> SHORT.set(into, at, (short) value);
      case 4 -> INT.set(into, at, (int) value);
      default -> LONG.set(into, at, value);
    }
  }
}
