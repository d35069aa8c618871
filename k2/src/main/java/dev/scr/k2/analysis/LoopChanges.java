package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Reg;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What loops change, by the line of their head: registers by number, and whether memory. Nothing at
 * first; it only grows, so that the analysis comes to an end. Owned by one thread.
 */
final class LoopChanges {
  private final Terms terms;
  private final Map<Integer, BitSet> registers = new HashMap<>();
  private final BitSet memory = new BitSet();

  LoopChanges(Terms terms) {
    this.terms = terms;
  }

  /**
   * Compares what was assumed at a head with what comes back to it.
   *
   * @return whether the loop changes nothing that was not known to change
   */
  boolean allow(int head, State assumed, State back) {
    BitSet changed = registers.computeIfAbsent(head, _ -> new BitSet());
    boolean held = true;
    for (int r = 0; r < Reg.COUNT; r++) {
      if (assumed.registers[r] != back.registers[r] && !changed.get(r)) {
        changed.set(r);
        held = false;
      }
    }
    if (!sameMemory(assumed, back) && !memory.get(head)) {
      memory.set(head);
      held = false;
    }
    return held;
  }

  private static boolean sameMemory(State assumed, State back) {
    return assumed.memories.equals(back.memories)
        && assumed.versions.equals(back.versions)
        && assumed.version == back.version
        && assumed.facts.isEmpty()
        && assumed.inPacket.isEmpty();
  }

  /** What is known at a line whichever way control comes there, from what comes in from above. */
  State without(int head, State state) {
    BitSet changed = registers.get(head);
    if (changed == null) {
      return state;
    }
    State left = state.copy();
    for (int r = changed.nextSetBit(0); r >= 0; r = changed.nextSetBit(r + 1)) {
      Term value = left.registers[r];
      left.registers[r] =
          value == null ? null : terms.symbol(Join.site(head, r), Bounds.ANY, value.region());
    }
    if (memory.get(head)) {
      left.forget(true);
      left.facts = Map.of();
      left.inPacket = Map.of();
    }
    return left;
  }
}
