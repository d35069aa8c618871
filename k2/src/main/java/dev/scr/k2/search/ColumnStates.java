package dev.scr.k2.search;

import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.meaning.Arithmetic;
import java.util.Arrays;

/**
 * The states that a candidate goes through, by depth, on columns: of each register and byte the
 * values for several inputs at once, which of them are still wrong, and which were made for nothing
 * so far. Owned by one thread.
 */
final class ColumnStates {
  /** Most instructions of a candidate. */
  static final int MOST_DEPTH = 12;

  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;

  private final Layout layout;
  private final TestCases tests;
  private final ColumnGoal goal;
  private final int columns;

  private final long[][][] values = new long[MOST_DEPTH + 1][Reg.COUNT][];
  private final long[][] buffer;
  private final byte[][][] memory;
  private final Places[] places = new Places[MOST_DEPTH + 1];
  private final int[] wrongRegisters = new int[MOST_DEPTH + 1];
  private final int[] missingStores = new int[MOST_DEPTH + 1];

  /** Registers whose value nobody has read since it was made. */
  private final int[] pending = new int[MOST_DEPTH + 1];

  private final long[][] hashes = new long[MOST_DEPTH + 1][Reg.COUNT];
  private final long[] memoryHash = new long[MOST_DEPTH + 1];

  ColumnStates(Layout layout, TestCases tests, ColumnGoal goal, int columns) {
    this.layout = layout;
    this.tests = tests;
    this.goal = goal;
    this.columns = columns;
    this.buffer = new long[MOST_DEPTH + 1][columns];
    this.memory = new byte[MOST_DEPTH + 1][layout.regionCount()][];
    Arrays.setAll(places, _ -> Places.before(layout));
    begin();
  }

  private void begin() {
    for (int r = 0; r < Reg.COUNT; r++) {
      values[0][r] = new long[columns];
      for (int t = 0; t < columns; t++) {
        values[0][r][t] = tests.input(t).registers[r];
      }
      hashes[0][r] = hash(values[0][r]);
      if (goal.isMissedBy(r, values[0][r])) {
        wrongRegisters[0] |= 1 << r;
      }
    }
    for (int i = 0; i < layout.regionCount(); i++) {
      int size = layout.size(i);
      memory[0][i] = new byte[columns * size];
      for (int t = 0; t < columns; t++) {
        System.arraycopy(tests.input(t).memory[i], 0, memory[0][i], t * size, size);
      }
    }
    missingStores[0] = goal.missingStores(memory[0]);
    memoryHash[0] = 1;
  }

  /** The values of a register, by input. */
  long[] values(int depth, int register) {
    return values[depth][register];
  }

  /** The bytes of a region, input after input. */
  byte[] memory(int depth, int region) {
    return memory[depth][region];
  }

  /** What the verifier knows there. */
  Places places(int depth) {
    return places[depth];
  }

  /** Bit set of the registers that do not have what is needed of them. */
  int wrongRegisters(int depth) {
    return wrongRegisters[depth];
  }

  boolean lacksStores(int depth) {
    return missingStores[depth] > 0;
  }

  /** How many instructions the goal needs at least. */
  int lacking(int depth) {
    return Integer.bitCount(wrongRegisters[depth]) + missingStores[depth];
  }

  boolean isPending(int depth, int register) {
    return (pending[depth] >> register & 1) != 0;
  }

  /** Bit set of values that were made and are good for nothing so far. */
  int unused(int depth) {
    int dead = 0;
    int rest = pending[depth];
    while (rest != 0) {
      int r = Integer.numberOfTrailingZeros(rest);
      rest &= rest - 1;
      if (layout.liveBits(r) == 0 || (wrongRegisters[depth] >> r & 1) != 0) {
        dead |= 1 << r;
      }
    }
    return dead;
  }

  /** The same for two states that are alike. */
  long hash(int depth) {
    long h = memoryHash[depth] * 31 + pending[depth];
    for (int r = 0; r < 10; r++) {
      long value = places[depth].usable(r) ? hashes[depth][r] : 0;
      h = mix(h * 0x9e3779b97f4a7c15L + value + r);
    }
    return h;
  }

  private static long hash(long[] column) {
    long h = 17;
    for (long value : column) {
      h = mix(h + value);
    }
    return h;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Makes the next state; false if a step writes over what nobody has read, or changes nothing. */
  boolean write(int depth, Step step) {
    int stillPending = pending[depth] & ~step.reads;
    if ((stillPending >> step.dst & 1) != 0) {
      return false;
    }
    int next = depth + 1;
    long[] column = buffer[next];
    if (!evaluate(depth, step, column) || Arrays.equals(column, values[depth][step.dst])) {
      return false;
    }
    copy(depth, next);
    values[next][step.dst] = column;
    hashes[next][step.dst] = hash(column);
    pending[next] = stillPending | 1 << step.dst;
    int bit = 1 << step.dst;
    wrongRegisters[next] =
        goal.isMissedBy(step.dst, column)
            ? wrongRegisters[depth] | bit
            : wrongRegisters[depth] & ~bit;
    return true;
  }

  /** Makes the next state by a store or an atomic addition. */
  void store(int depth, Step step) {
    int next = depth + 1;
    int region = places[depth].region(step.base);
    copy(depth, next);
    memory[next][region] = stored(depth, step, region);
    memoryHash[next] = mix(memoryHash[depth] + Arrays.hashCode(memory[next][region]) * 31L);
    missingStores[next] = goal.missingStores(memory[next]);
    pending[next] = pending[depth] & ~step.reads;
  }

  private void copy(int depth, int next) {
    System.arraycopy(values[depth], 0, values[next], 0, Reg.COUNT);
    System.arraycopy(hashes[depth], 0, hashes[next], 0, Reg.COUNT);
    System.arraycopy(memory[depth], 0, memory[next], 0, memory[depth].length);
    memoryHash[next] = memoryHash[depth];
    missingStores[next] = missingStores[depth];
    wrongRegisters[next] = wrongRegisters[depth];
  }

  /** What the verifier knows in the next state. */
  void placesAfter(int depth, Step step) {
    places[depth + 1].become(places[depth]);
    places[depth + 1].step(step);
  }

  private byte[] stored(int depth, Step step, int region) {
    byte[] after = memory[depth][region].clone();
    int size = layout.size(region);
    int at = places[depth].offset(step.base) + step.offset - layout.low(region);
    for (int t = 0; t < columns; t++) {
      int place = t * size + at;
      long value = step.src < 0 ? step.imm : values[depth][step.src][t];
      if (step.kind == Step.Kind.ATOMIC) {
        value += Machine.load(after, place, step.bytes);
      }
      Machine.store(after, place, step.bytes, value);
    }
    return after;
  }

  /** What a step would write, by input; false if it writes no register. */
  boolean evaluate(int depth, Step step, long[] into) {
    long[][] now = values[depth];
    switch (step.kind) {
      case ALU_REGISTER -> {
        long[] a = now[step.dst];
        long[] b = now[step.src];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.alu(step.row, a[t], b[t]);
        }
      }
      case ALU_CONSTANT -> {
        long[] a = now[step.dst];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.alu(step.row, a[t], step.imm);
        }
      }
      case SWAP -> {
        long[] a = now[step.dst];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.swap(step.row, a[t]);
        }
      }
      case LOAD -> {
        int region = places[depth].region(step.base);
        int at = places[depth].offset(step.base) + step.offset - layout.low(region);
        int size = layout.size(region);
        for (int t = 0; t < columns; t++) {
          into[t] =
              ARITHMETIC.loaded(
                  step.row, Machine.load(memory[depth][region], t * size + at, step.bytes));
        }
      }
      case CONSTANT -> Arrays.fill(into, step.imm);
      case ADDRESS -> {
        for (int t = 0; t < columns; t++) {
          into[t] = tests.input(t).bases[step.region];
        }
      }
      case STORE_REGISTER, STORE_CONSTANT, ATOMIC -> {
        return false;
      }
    }
    return true;
  }
}
