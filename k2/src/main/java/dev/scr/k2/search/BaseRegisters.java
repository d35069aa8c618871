package dev.scr.k2.search;

import dev.scr.ebpf.isa.Reg;

/** By which register each region can be accessed at the start of a window. Immutable. */
final class BaseRegisters {
  private final Layout layout;
  private final int[] registers;
  private final int[] offsets;

  BaseRegisters(Layout layout, Places before) {
    this.layout = layout;
    this.registers = new int[layout.regionCount()];
    this.offsets = new int[layout.regionCount()];
    for (int region = 0; region < registers.length; region++) {
      registers[region] = last(before, region);
      offsets[region] = registers[region] < 0 ? 0 : before.offset(registers[region]);
    }
  }

  private static int last(Places places, int region) {
    for (int r = Reg.COUNT - 1; r >= 0; r--) {
      if (places.region(r) == region) {
        return r;
      }
    }
    return -1;
  }

  boolean has(int region) {
    return registers[region] >= 0;
  }

  /** The register for a region that has one. */
  Reg of(int region) {
    return Reg.of(registers[region]);
  }

  /** The offset from the register of a byte, which counts from the region's low end. */
  short offset(int region, int index) {
    return (short) (index + layout.low(region) - offsets[region]);
  }

  /** Bit set of all of them. */
  int asBits() {
    int bits = 0;
    for (int register : registers) {
      bits |= register < 0 ? 0 : 1 << register;
    }
    return bits;
  }
}
