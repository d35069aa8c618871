package dev.scr.k2.search;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import dev.scr.k2.proof.ValueFact.Scalar;
import java.util.List;

/**
 * The rewrites that K2's authors published (SIGCOMM'21, section 9 and table 11), as windows.
 *
 * @param slots at most so many are left
 */
record Golden(String name, Window window, int slots) {
  private static final Reg R0 = Reg.R0;
  private static final Reg R3 = Reg.of(3);
  private static final Reg R4 = Reg.of(4);
  private static final Reg R6 = Reg.of(6);
  private static final Reg R7 = Reg.of(7);

  private static final Region VALUE = new Region(Region.Kind.MAP_VALUE, "value");
  private static final Precondition ANY = Precondition.scalars();
  private static final Precondition PACKET =
      ANY.with(R6, new ValueFact.Pointer(Region.PACKET, 0))
          .withAccessible(Region.PACKET, 0, 14, true);

  static List<Golden> all() {
    return List.of(
        golden(
            "1: pktcntr, two stores of a constant become one",
            "r1 = 0\n*(u32 *)(r10 - 4) = r1\n*(u32 *)(r10 - 8) = r1",
            ANY,
            Postcondition.live(),
            1),
        golden(
            "2: balancer, a mask known from the context",
            "r0 = r2\nr0 &= r3\nr0 >>= 21",
            ANY.with(R3, Scalar.constant(0xffe00000L)),
            Postcondition.live(R0),
            2),
        golden("3: xdp2, swap of Ethernet addresses", swap(), PACKET, Postcondition.live(), 6),
        golden(
            "4: xdp_fwd, copy by bytes",
            """
            r1 = *(u16 *)(r10 - 8)
            *(u8 *)(r6 + 0) = r1
            r1 >>= 8
            *(u8 *)(r6 + 1) = r1
            r1 = *(u16 *)(r10 - 6)
            *(u8 *)(r6 + 2) = r1
            r1 >>= 8
            *(u8 *)(r6 + 3) = r1
            r1 = *(u16 *)(r10 - 4)
            *(u8 *)(r6 + 4) = r1
            r1 >>= 8
            *(u8 *)(r6 + 5) = r1\
            """,
            PACKET,
            Postcondition.live(),
            4),
        golden(
            "5: sys_enter_open, an atomic addition",
            "r1 = *(u64 *)(r6 + 0)\nr1 += r2\n*(u64 *)(r6 + 0) = r1",
            ANY.with(R6, new ValueFact.Pointer(VALUE, 0)),
            Postcondition.live(),
            1),
        golden(
            "6: xdp1, store of a constant",
            "r1 = 0\n*(u32 *)(r10 - 4) = r1",
            ANY,
            Postcondition.live(),
            1),
        golden(
            "7: recvmsg4, a dead store and a number known from the context",
            """
            r1 = *(u64 *)(r6 + 0)
            *(u64 *)(r10 - 16) = r1
            r1 &= 65535
            r1 |= r7
            *(u16 *)(r10 - 24) = r1\
            """,
            ANY.with(R6, new ValueFact.Pointer(VALUE, 0)).with(R7, Scalar.constant(0)),
            Postcondition.live().withDead(Region.STACK, -16, -8),
            2),
        golden(
            "8: xdp_map_access, a store that is overwritten",
            "r3 = 0\n*(u8 *)(r10 - 8) = r3",
            ANY,
            Postcondition.live().withDead(Region.STACK, -8, -7),
            0),
        golden(
            "9a: a ladder of bytes",
            "r3 = *(u8 *)(r6 + 12)\nr4 = *(u8 *)(r6 + 13)\nr4 <<= 8\nr4 |= r3",
            PACKET,
            Postcondition.live(R4),
            1),
        golden(
            "9b: a mask after a narrow load",
            "r3 = *(u16 *)(r6 + 12)\nr3 &= 65535",
            PACKET,
            Postcondition.live(R3),
            1));
  }

  /** Also without the bytes behind the addresses, which a wide access might want. */
  static Golden strictSwap() {
    return golden(
        "swap within twelve bytes",
        swap(),
        ANY.with(R6, new ValueFact.Pointer(Region.PACKET, 0)),
        Postcondition.live(),
        6);
  }

  /** r0 tells whether r1 is one number out of 2⁶⁴, which random tests do not hit. */
  static Golden needle() {
    return golden(
        "needle",
        """
        r2 = 74565
        r2 <<= 24
        r2 += 1911
        r1 ^= r2
        r0 = r1
        r0 = -r0
        r0 |= r1
        r0 >>= 63\
        """,
        ANY,
        Postcondition.live(R0),
        7);
  }

  /** The upper half of r2 is cut off, and wanted so. */
  static Golden upperHalf() {
    return golden("upper half", "r0 = r2\nr0 <<= 32\nr0 >>= 32", ANY, Postcondition.live(R0), 1);
  }

  private static String swap() {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < 6; at += 2) {
      text.append("r1 = *(u16 *)(r6 + " + at + ")\n")
          .append("r2 = *(u16 *)(r6 + " + (at + 6) + ")\n")
          .append("*(u16 *)(r6 + " + at + ") = r2\n")
          .append("*(u16 *)(r6 + " + (at + 6) + ") = r1\n");
    }
    return text.toString();
  }

  private static Golden golden(
      String name, String code, Precondition before, Postcondition after, int slots) {
    return new Golden(name, new Window(Assembler.assemble(code), before, after), slots);
  }

  @Override
  public String toString() {
    return name;
  }
}
