package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.util.List;

/** The programs that {@link MutationTest} changes. */
final class MutatedPrograms {
  private MutatedPrograms() {}

  private static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("counts", MapType.ARRAY, 4, 8, 4),
          MapSpec.of("flows", MapType.HASH, 16, 8, 16));

  private static final String COUNTER =
      """
      r0 = 0
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = r2
      r4 += 34
      if r4 > r3 goto out
      r4 = *(u8 *)(r2 + 12)
      r5 = *(u8 *)(r2 + 13)
      r5 <<= 8
      r5 |= r4
      if r5 != 8 goto out
      r6 = *(u8 *)(r2 + 23)
      r6 &= 3
      *(u32 *)(r10 - 4) = r6
      r2 = r10
      r2 += -4
      r1 = map[idx:0] ll
      call 1
      if r0 == 0 goto pass
      r1 = *(u64 *)(r0 + 0)
      r1 += 1
      *(u64 *)(r0 + 0) = r1
      pass:
      r0 = 2
      out:
      exit
      """;

  private static final String FIREWALL =
      """
      r7 = 1
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = 0
      *(u64 *)(r10 - 16) = r4
      *(u64 *)(r10 - 8) = r4
      r4 = r2
      r4 += 42
      if r4 > r3 goto out
      r5 = *(u16 *)(r2 + 12)
      if r5 != 8 goto out
      r5 = *(u8 *)(r2 + 23)
      if r5 == 17 goto flow
      if r5 != 6 goto out
      flow:
      *(u8 *)(r10 - 16) = r5
      r4 = *(u32 *)(r2 + 26)
      r5 = *(u32 *)(r2 + 30)
      if r4 > r5 goto swapped
      *(u32 *)(r10 - 12) = r4
      *(u32 *)(r10 - 8) = r5
      goto ask
      swapped:
      *(u32 *)(r10 - 12) = r5
      *(u32 *)(r10 - 8) = r4
      ask:
      r8 = *(u32 *)(r1 + 12)
      r2 = r10
      r2 += -16
      r1 = map[idx:1] ll
      call 1
      if r0 != 0 goto known
      if r8 == 7 goto out
      *(u64 *)(r10 - 24) = r8
      r2 = r10
      r2 += -16
      r3 = r10
      r3 += -24
      r4 = 0
      r1 = map[idx:1] ll
      call 2
      r7 = 2
      goto out
      known:
      r7 = *(u64 *)(r0 + 0)
      r7 &= 3
      out:
      r0 = r7
      exit
      """;

  private static final String MIRROR =
      """
      r0 = 1
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = r2
      r4 += 34
      if r4 > r3 goto out
      r3 = *(u16 *)(r2 + 0)
      r4 = *(u16 *)(r2 + 6)
      *(u16 *)(r2 + 0) = r4
      *(u16 *)(r2 + 6) = r3
      r3 = *(u32 *)(r2 + 2)
      r4 = *(u32 *)(r2 + 8)
      *(u32 *)(r2 + 2) = r4
      *(u32 *)(r2 + 8) = r3
      r3 = *(u8 *)(r2 + 14)
      r3 &= 15
      r3 <<= 2
      if r3 < 20 goto out
      r5 = *(u16 *)(r2 + 24)
      r5 = be16 r5
      r5 += 256
      r4 = r5
      r4 >>= 16
      r5 += r4
      r5 = be16 r5
      *(u16 *)(r2 + 24) = r5
      r0 = 3
      out:
      exit
      """;

  private static final String FILTER =
      """
      r6 = r1
      r0 = *(u16 *)skb[12]
      if r0 != 2048 goto drop
      r0 = *(u8 *)skb[14]
      r0 &= 15
      r0 <<= 2
      r7 = r0
      r0 = *(u8 *)skb[23]
      if r0 != 17 goto drop
      r0 = *(u16 *)skb[r7 + 16]
      if r0 == 53 goto keep
      drop:
      r0 = 0
      exit
      keep:
      r0 = -1
      exit
      """;

  /** Small ones, with all that the checker knows: packets, maps, the stack, legacy loads. */
  static List<ProgramSpec> small() {
    return List.of(
        program(ProgramType.XDP, COUNTER),
        program(ProgramType.XDP, FIREWALL),
        program(ProgramType.XDP, MIRROR),
        program(ProgramType.SOCKET_FILTER, FILTER));
  }

  private static ProgramSpec program(ProgramType type, String text) {
    return ProgramSpec.of("p", type, Assembler.assemble(text), MAPS);
  }

  /** Sixteen branches one after the other, a table and a counter: 65,536 paths and more. */
  static ProgramSpec manyPaths() {
    StringBuilder text =
        new StringBuilder(
            """
            r0 = 1
            r7 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r2 = r7
            r2 += 34
            if r2 > r3 goto out
            r6 = 0
            *(u64 *)(r10 - 16) = r6
            """);
    for (int i = 0; i < 16; i++) {
      text.append(
          """
          r3 = *(u8 *)(r7 + PLACE)
          r4 = *(u8 *)(r7 + PLACE)
          if r3 > r4 goto lPLACE
          r6 += r3
          *(u8 *)(r10 - 16) = r6
          lPLACE:
          """
              .replaceFirst("PLACE", Integer.toString(12 + i))
              .replaceFirst("PLACE", Integer.toString(i))
              .replace("PLACE", Integer.toString(i)));
    }
    text.append(
        """
        r6 &= 3
        *(u32 *)(r10 - 4) = r6
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto pass
        r1 = *(u64 *)(r0 + 0)
        r1 += 1
        *(u64 *)(r0 + 0) = r1
        pass:
        r0 = *(u64 *)(r10 - 16)
        out:
        exit
        """);
    return program(ProgramType.XDP, text.toString());
  }
}
