package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which register an access goes by, and the loads that were made so far. Owned by one thread. */
final class MemorySteps {
  private final Layout layout;
  private final ColumnStates states;
  private final Map<Long, Step> loads = new HashMap<>();

  MemorySteps(Layout layout, ColumnStates states) {
    this.layout = layout;
    this.states = states;
  }

  /**
   * The register to access a region by: a pointer that waits for its use, r10, or the first;
   * negative if no register points there.
   */
  int baseFor(int depth, int region) {
    Places here = states.places(depth);
    int best = -1;
    for (int r = Reg.COUNT - 1; r >= 0; r--) {
      if (here.region(r) == region) {
        if (states.isPending(depth, r)) {
          return r;
        }
        if (best != Reg.FP.number()) {
          best = r;
        }
      }
    }
    return best;
  }

  /** The offset of a place from a base register; empty if it does not fit into an instruction. */
  static boolean reaches(int offset) {
    return offset == (short) offset;
  }

  /** A load of a place; null if it is out of the base register's reach. */
  @Nullable Step load(int depth, MemoryPlace place, int dst, int base, boolean signed) {
    int offset = place.at() - states.places(depth).offset(base);
    if (!reaches(offset)) {
      return null;
    }
    long key =
        ((((offset & 0xffffL) << 8 | dst) << 8 | base) << 8 | place.bytes()) << 4
            | (signed ? 1 : 0);
    return loads.computeIfAbsent(
        key,
        _ ->
            Step.of(
                new Load(
                    MemSize.ofBytes(place.bytes()),
                    signed,
                    Reg.of(dst),
                    Reg.of(base),
                    (short) offset),
                layout));
  }
}
