package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import java.util.Optional;

/** Which memory accesses the verifier accepts and the machine allows. */
final class Accesses {
  private Accesses() {}

  /** The size of so many bytes, if there is one. */
  static Optional<MemSize> size(int bytes) {
    return switch (bytes) {
      case 1 -> Optional.of(MemSize.B);
      case 2 -> Optional.of(MemSize.H);
      case 4 -> Optional.of(MemSize.W);
      case 8 -> Optional.of(MemSize.DW);
      default -> Optional.empty();
    };
  }

  /** Whether an access that is not in the program may be made here. */
  static boolean allowed(
      Draft draft,
      Analysis analysis,
      State state,
      Term address,
      int bytes,
      RewriteOptions options) {
    long offset = address.offset();
    return switch (address.region()) {
      case Region.Stack _ ->
          address.base() == analysis.framePointer()
              && offset % bytes == 0
              && offset >= -512
              && offset + bytes <= 0;
      case Region.Packet _ ->
          (options.unaligned() || bytes == 1)
              && offset >= 0
              && offset + bytes <= state.bytesInPacket(address.base());
      case Region.MapValue(int map) ->
          (options.unaligned() || offset % bytes == 0)
              && map >= 0
              && map < draft.maps().size()
              && address.base().op() == Term.Op.SYMBOL
              && offset >= 0
              && offset + bytes <= draft.maps().get(map).valueSize();
      case Region.Context _ -> isControlBlock(draft.type(), offset, bytes);
      case null, default -> false;
    };
  }

  /**
   * Whether an access lies in {@code cb} of {@code struct __sk_buff}: the one part of a context
   * that may be accessed at any aligned width ({@code bpf_skb_is_valid_access} in the kernel).
   */
  private static boolean isControlBlock(ProgramType type, long offset, int bytes) {
    return (type == ProgramType.TC || type == ProgramType.SOCKET_FILTER)
        && offset >= 48
        && offset + bytes <= 68
        && offset % bytes == 0;
  }
}
