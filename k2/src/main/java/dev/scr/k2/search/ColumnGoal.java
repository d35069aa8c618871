package dev.scr.k2.search;

import dev.scr.ebpf.isa.Reg;

/**
 * What a candidate has to leave: for several inputs at once, the bits of registers and the bytes of
 * memory that are needed after the window. Immutable after its construction.
 */
final class ColumnGoal {
  private final Layout layout;
  private final int columns;
  private final long[][] registers;
  private final byte[][] memory;

  ColumnGoal(Layout layout, TestCases tests, int columns) {
    this.layout = layout;
    this.columns = columns;
    this.registers = new long[Reg.COUNT][columns];
    this.memory = new byte[layout.regionCount()][];
    for (int r = 0; r < Reg.COUNT; r++) {
      for (int t = 0; t < columns; t++) {
        registers[r][t] = tests.output(t).registers[r];
      }
    }
    for (int i = 0; i < memory.length; i++) {
      int size = layout.size(i);
      memory[i] = new byte[columns * size];
      for (int t = 0; t < columns; t++) {
        System.arraycopy(tests.output(t).memory[i], 0, memory[i], t * size, size);
      }
    }
  }

  /** By input. */
  long[] of(int register) {
    return registers[register];
  }

  /** Bytes of a region, input after input. */
  byte[] ofRegion(int region) {
    return memory[region];
  }

  /** Whether a column is not what is needed of a register. */
  boolean isMissedBy(int register, long[] column) {
    long mask = layout.liveBits(register);
    return mask != 0 && !agree(column, registers[register], mask);
  }

  /** Whether two columns have the same bits under a mask. */
  boolean agree(long[] one, long[] other, long mask) {
    for (int t = 0; t < columns; t++) {
      if (((one[t] ^ other[t]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /** How many stores the wrong bytes need at least. */
  int missingStores(byte[][] now) {
    int count = 0;
    for (int region = 0; region < now.length; region++) {
      int size = layout.size(region);
      int at = 0;
      while (at < size) {
        boolean wrong = isWrong(now[region], region, at);
        count += wrong ? 1 : 0;
        at += wrong ? Long.BYTES : 1;
      }
    }
    return count;
  }

  /** Whether any of the bytes at a place is wrong. */
  boolean isWrong(byte[] now, MemoryPlace place) {
    int first = place.at() - layout.low(place.region());
    for (int at = first; at < first + place.bytes(); at++) {
      if (isWrong(now, place.region(), at)) {
        return true;
      }
    }
    return false;
  }

  private boolean isWrong(byte[] now, int region, int at) {
    if (!layout.live(region)[at]) {
      return false;
    }
    int size = layout.size(region);
    byte[] goal = memory[region];
    for (int t = 0, i = at; t < columns; t++, i += size) {
      if (now[i] != goal[i]) {
        return true;
      }
    }
    return false;
  }

  /** Whether storing a column leaves right bytes only. */
  boolean isMetByStoring(long[] column, MemoryPlace place) {
    int size = layout.size(place.region());
    int first = place.at() - layout.low(place.region());
    boolean[] live = layout.live(place.region());
    byte[] goal = memory[place.region()];
    for (int b = 0; b < place.bytes(); b++) {
      if (!live[first + b]) {
        continue;
      }
      for (int t = 0; t < columns; t++) {
        if ((byte) (column[t] >> (8 * b)) != goal[t * size + first + b]) {
          return false;
        }
      }
    }
    return true;
  }
}
