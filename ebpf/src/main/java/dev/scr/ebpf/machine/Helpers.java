package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.Errno;
import dev.scr.ebpf.map.Memory;

/** What helper functions do. Public only for generated code. */
public final class Helpers {
  private static final int ETHERNET_BYTES = 14;
  private static final int MAX_META_BYTES = 32;
  private static final int MAX_LOOPS = 1 << 23;
  private static final long EACCES = -13;
  private static final long XDP_ABORTED = 0;
  private static final long XDP_REDIRECT = 4;
  private static final long TC_REDIRECT = 7;

  private Helpers() {}

  /** Calls a helper; {@code frame} is the caller's r10. */
  public static long call(
      Helper helper, Environment env, long frame, long r1, long r2, long r3, long r4, long r5) {
    return switch (helper) {
      case MAP_LOOKUP_ELEM -> {
        BpfMap map = env.map(r1);
        requireKey(env, map, r2);
        yield map.lookup(r2);
      }
      case MAP_UPDATE_ELEM -> update(env, r1, r2, r3, r4);
      case MAP_DELETE_ELEM -> {
        BpfMap map = env.map(r1);
        requireKey(env, map, r2);
        yield map.delete(r2);
      }
      case KTIME_GET_NS, KTIME_GET_BOOT_NS -> env.clock.getAsLong();
      case TRACE_PRINTK -> {
        requireReadable(env, r1, r2);
        yield r2;
      }
      case GET_PRANDOM_U32 -> env.nextRandom();
      case GET_SMP_PROCESSOR_ID -> env.cpu;
      case TAIL_CALL -> Errno.ENOENT;
      case GET_CURRENT_PID_TGID -> 0;
      case REDIRECT -> redirect(env, r1, r2);
      case CSUM_DIFF -> checksumDifference(env, r1, r2, r3, r4, r5);
      case XDP_ADJUST_HEAD -> adjustHead(env, (int) r2);
      case REDIRECT_MAP -> redirectMap(env, r1, r2, r3);
      case XDP_ADJUST_META -> adjustMeta(env, (int) r2);
      case XDP_ADJUST_TAIL -> adjustTail(env, (int) r2);
      case FIB_LOOKUP -> fibLookup(env, r2, r3);
      case SPIN_LOCK, SPIN_UNLOCK -> 0;
      case LOOP -> loop(env, frame, r1, r2, r3, r4);
    };
  }

  /** Calls the helper with a number that is only known now. */
  static long callNumber(
      long number, Environment env, long frame, long r1, long r2, long r3, long r4, long r5) {
    Helper helper =
        Helper.ofNumber(number)
            .orElseThrow(() -> new Fault("expected a known helper, found " + number));
    return call(helper, env, frame, r1, r2, r3, r4, r5);
  }

  private static long update(Environment env, long handle, long key, long value, long flags) {
    BpfMap map = env.map(handle);
    requireKey(env, map, key);
    requireReadable(env, value, map.spec().valueSize());
    return map.update(key, value, flags);
  }

  private static void requireKey(Environment env, BpfMap map, long key) {
    requireReadable(env, key, map.spec().keySize());
  }

  private static void requireReadable(Environment env, long address, long bytes) {
    if (env.checked) {
      env.requireReadable(address, bytes);
    }
  }

  private static long redirect(Environment env, long ifindex, long flags) {
    if (env.layout == ContextLayout.XDP) {
      if (flags != 0) {
        return XDP_ABORTED;
      }
      env.redirectTarget = (int) ifindex;
      return XDP_REDIRECT;
    }
    env.redirectTarget = (int) ifindex;
    return TC_REDIRECT;
  }

  private static long redirectMap(Environment env, long handle, long key, long flags) {
    BpfMap map = env.map(handle);
    if ((flags & ~3L) != 0) {
      return XDP_ABORTED;
    }
    long scratch = env.scratch;
    Memory.store(MemSize.W, scratch, key);
    long value = map.lookup(scratch);
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
  private static long checksumDifference(
      Environment env, long from, long fromBytes, long to, long toBytes, long seed) {
    if (((fromBytes | toBytes) & 3) != 0 || fromBytes + toBytes > 512) {
      return Errno.EINVAL;
    }
    requireReadable(env, fromBytes == 0 ? env.context : from, fromBytes);
    requireReadable(env, toBytes == 0 ? env.context : to, toBytes);
    long sum = seed & 0xffff_ffffL;
    for (long at = 0; at < fromBytes; at += 4) {
      sum += ~Memory.load(MemSize.W, from + at) & 0xffff_ffffL;
    }
    for (long at = 0; at < toBytes; at += 4) {
      sum += Memory.load(MemSize.W, to + at);
    }
    while (sum >>> 32 != 0) {
      sum = (sum & 0xffff_ffffL) + (sum >>> 32);
    }
    return sum;
  }

  private static long adjustHead(Environment env, int delta) {
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

  private static long adjustMeta(Environment env, int delta) {
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

  private static long adjustTail(Environment env, int delta) {
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

  /**
   * There is no routing table here: every destination is "not forwarded" (4), as in a kernel
   * without forwarding.
   */
  private static long fibLookup(Environment env, long parameters, long bytes) {
    requireReadable(env, parameters, bytes);
    return bytes < 64 ? Errno.EINVAL : 4;
  }

  private static long loop(
      Environment env, long frame, long count, long function, long argument, long flags) {
    if (flags != 0) {
      return Errno.EINVAL;
    }
    if ((count & 0xffff_ffffL) > MAX_LOOPS) {
      return Errno.E2BIG;
    }
    long done = 0;
    while (done < (count & 0xffff_ffffL)) {
      long stop = env.callFunction(function, frame, done, argument, 0, 0);
      done++;
      if (stop != 0) {
        break;
      }
    }
    return done;
  }
}
