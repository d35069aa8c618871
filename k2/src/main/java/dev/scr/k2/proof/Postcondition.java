package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is still needed where a window ends. All memory is needed, except the bytes listed as dead.
 *
 * @param liveBits for each of r0 to r10 the bits that are still read
 * @param dead bytes that are not read before they are written
 */
public record Postcondition(List<Long> liveBits, List<DeadBytes> dead) {
  /** Live bits of a register that is read as a whole. */
  public static final long ALL_BITS = -1;

  /** Live bits of a register of which only the lower half is read. */
  public static final long LOWER_HALF = 0xffff_ffffL;

  /** Bytes of a region, from an offset to the one behind the last. */
  public record DeadBytes(Region region, long from, long to) {}

  /** Copies the lists and checks that there is a mask for each register. */
  public Postcondition {
    liveBits = List.copyOf(liveBits);
    dead = List.copyOf(dead);
    if (liveBits.size() != Reg.COUNT) {
      throw new IllegalArgumentException(
          "postcondition: expected " + Reg.COUNT + " masks, found " + liveBits.size());
    }
  }

  /** These registers are read as a whole, the others not at all; all memory is needed. */
  public static Postcondition live(Reg... registers) {
    List<Long> bits = new ArrayList<>(Collections.nCopies(Reg.COUNT, 0L));
    for (Reg register : registers) {
      bits.set(register.number(), ALL_BITS);
    }
    return new Postcondition(bits, List.of());
  }

  /** The same with dead bytes. */
  public Postcondition withDead(Region region, long from, long to) {
    List<DeadBytes> more = new ArrayList<>(dead);
    more.add(new DeadBytes(region, from, to));
    return new Postcondition(liveBits, more);
  }

  /** The same with other live bits for one register. */
  public Postcondition withLiveBits(Reg register, long bits) {
    List<Long> changed = new ArrayList<>(liveBits);
    changed.set(register.number(), bits);
    return new Postcondition(changed, dead);
  }
}
