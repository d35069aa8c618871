package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.Errno;
import dev.scr.ebpf.map.Memory;

/**
 * Helper functions on the packet: where it goes, where it begins and ends, its bytes and checksums.
 */
final class PacketHelpers {
  private static final int ETHERNET_BYTES = 14;
  private static final int MAX_META_BYTES = 32;
  private static final long EACCES = -13;
  private static final long XDP_ABORTED = 0;
  private static final long XDP_REDIRECT = 4;
  private static final long TC_REDIRECT = 7;

  /** {@code BPF_F_HDR_FIELD_MASK} and flags of the checksum helpers. */
  private static final int FIELD_BYTES = 0xf;

  private static final int PSEUDO_HEADER = 0x10;
  private static final int MARK_MANGLED_0 = 0x20;

  /** Size of {@code struct bpf_fib_lookup}, and where it has the interface and both addresses. */
  private static final int FIB_BYTES = 64;

  private static final int FIB_INTERFACE = 8;
  private static final int FIB_ADDRESSES = 52;

  /** BPF_FIB_LKUP_RET_NOT_FWDED. */
  private static final int NO_ROUTE = 4;

  private PacketHelpers() {}

  static long redirect(Environment env, long ifindex, long flags) {
    boolean xdp = env.layout == ContextLayout.XDP;
    if (xdp && flags != 0) {
      return XDP_ABORTED;
    }
    env.redirectTarget = (int) ifindex;
    return xdp ? XDP_REDIRECT : TC_REDIRECT;
  }

  static long redirectMap(Environment env, long handle, long key, long flags) {
    BpfMap map = env.map(handle);
    if ((flags & ~3L) != 0) {
      return XDP_ABORTED;
    }
    Memory.store(MemSize.W, env.scratch, key);
    long value = map.lookup(env.scratch);
    if (value == 0) {
      return flags;
    }
    env.redirectTarget = (int) Memory.load(MemSize.W, value);
    return XDP_REDIRECT;
  }

  /**
   * One's complement sum of {@code to} minus that of {@code from}, folded to 32 bits as the kernel
   * does.
   */
  static long checksumDifference(
      Environment env, long from, long fromBytes, long to, long toBytes, long seed) {
    if (((fromBytes | toBytes) & 3) != 0
        || fromBytes < 0
        || toBytes < 0
        || fromBytes + toBytes > Environment.FRAME_BYTES) {
      return Errno.EINVAL;
    }
    if (fromBytes != 0) {
      env.requireReadableIfChecked(from, fromBytes);
    }
    if (toBytes != 0) {
      env.requireReadableIfChecked(to, toBytes);
    }
    long sum = seed & 0xffff_ffffL;
    for (long at = 0; at < fromBytes; at += 4) {
      sum += ~Memory.load(MemSize.W, from + at) & 0xffff_ffffL;
    }
    for (long at = 0; at < toBytes; at += 4) {
      sum += Memory.load(MemSize.W, to + at);
    }
    return fold(sum, 32);
  }

  static long adjustHead(Environment env, int delta) {
    long start = env.packetStart + delta;
    long meta = env.packetMeta + delta;
    if (meta < env.bufferStart || start > env.packetEnd - ETHERNET_BYTES) {
      return Errno.EINVAL;
    }
    long metaBytes = env.packetStart - env.packetMeta;
    if (metaBytes != 0) {
      Memory.copy(env.packetMeta, meta, metaBytes);
    }
    env.packetStart = start;
    env.packetMeta = meta;
    env.writePacketFields();
    return Errno.OK;
  }

  static long adjustMeta(Environment env, int delta) {
    long meta = env.packetMeta + delta;
    long bytes = env.packetStart - meta;
    if (meta < env.bufferStart || bytes < 0) {
      return Errno.EINVAL;
    }
    if ((bytes & 3) != 0 || bytes > MAX_META_BYTES) {
      return EACCES;
    }
    env.packetMeta = meta;
    env.writePacketFields();
    return Errno.OK;
  }

  static long adjustTail(Environment env, int delta) {
    long end = env.packetEnd + delta;
    if (end > env.bufferEnd || end < env.packetStart + ETHERNET_BYTES) {
      return Errno.EINVAL;
    }
    if (delta > 0) {
      Memory.fill(env.packetEnd, delta, (byte) 0);
    }
    env.packetEnd = end;
    env.writePacketFields();
    return Errno.OK;
  }

  static long loadBytes(Environment env, long offset, long target, long bytes) {
    if (isOutside(env, offset, bytes)) {
      return Errno.EFAULT;
    }
    if (env.checked) {
      env.requireWritable(target, bytes);
    }
    Memory.copy(env.packetStart + (offset & 0xffff_ffffL), target, bytes & 0xffff_ffffL);
    return Errno.OK;
  }

  static long storeBytes(Environment env, long offset, long source, long bytes) {
    if (isOutside(env, offset, bytes)) {
      return Errno.EFAULT;
    }
    env.requireReadableIfChecked(source, bytes);
    Memory.copy(source, env.packetStart + (offset & 0xffff_ffffL), bytes & 0xffff_ffffL);
    return Errno.OK;
  }

  /**
   * Corrects a 16-bit checksum in the packet after a field changed from one value to another.
   *
   * @param flags size of the field (0: {@code from} is 0 and {@code to} a checksum difference), and
   *     for layer 4: 0x10 the field is in the pseudo header, 0x20 a checksum of 0 means none
   */
  static long replaceChecksum(
      Environment env, long offset, long from, long to, long flags, boolean layer4) {
    int size = (int) flags & FIELD_BYTES;
    int allowed = layer4 ? FIELD_BYTES | PSEUDO_HEADER | MARK_MANGLED_0 : FIELD_BYTES;
    if ((flags & ~allowed) != 0
        || (size != 0 && size != 2 && size != 4)
        || (size == 0 && from != 0)) {
      return Errno.EINVAL;
    }
    if ((offset & 1) != 0 || isOutside(env, offset, 2)) {
      return Errno.EFAULT;
    }
    long place = env.packetStart + offset;
    long old = Memory.load(MemSize.H, place);
    boolean optional = (flags & MARK_MANGLED_0) != 0;
    if (optional && old == 0) {
      return Errno.OK;
    }
    long mask = size == 2 ? 0xffffL : 0xffff_ffffL;
    long sum = (~old & 0xffffL) + (~from & mask) + (to & mask);
    if (size == 0) {
      sum = (~old & 0xffffL) + (to & mask);
    }
    long fixed = ~fold(fold(sum, 32), 16) & 0xffffL;
    Memory.store(MemSize.H, place, optional && fixed == 0 ? 0xffff : fixed);
    return Errno.OK;
  }

  /**
   * There is no routing table here: every destination is "not forwarded" (4), as in a kernel
   * without forwarding.
   */
  static long fibLookup(Environment env, long parameters, long bytes) {
    env.requireReadableIfChecked(parameters, bytes);
    if (bytes < FIB_BYTES) {
      return Errno.EINVAL;
    }
    if (env.opaqueHelpers) {
      return someRoute(env, parameters);
    }
    return NO_ROUTE;
  }

  /** A route that follows from nothing: for comparing programs on what they do with one. */
  private static long someRoute(Environment env, long parameters) {
    long answer = env.opaqueAnswer(Helper.FIB_LOOKUP.number());
    if ((answer & 7) == 7) {
      return NO_ROUTE;
    }
    env.requireWritable(parameters, FIB_BYTES);
    Memory.store(MemSize.W, parameters + FIB_INTERFACE, 1 + (answer & 3));
    Memory.store(MemSize.DW, parameters + FIB_ADDRESSES, answer * 0x9e37_79b9_7f4a_7c15L);
    Memory.store(MemSize.W, parameters + FIB_ADDRESSES + 8, answer * 0x85eb_ca6bL);
    return 0;
  }

  private static boolean isOutside(Environment env, long offset, long bytes) {
    long from = offset & 0xffff_ffffL;
    return from + (bytes & 0xffff_ffffL) > env.packetEnd - env.packetStart;
  }

  /** Adds the carries above {@code bits} to the bits below. */
  private static long fold(long sum, int bits) {
    long folded = sum;
    while (folded >>> bits != 0) {
      folded = (folded & ((1L << bits) - 1)) + (folded >>> bits);
    }
    return folded;
  }
}
