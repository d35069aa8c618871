package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.map.Errno;

/** Calls of helper functions by their rows. */
final class Helpers {
  private static final int MAX_LOOPS = 1 << 23;

  private Helpers() {}

  /** Calls a helper; {@code frame} is the caller's r10. */
  static long call(
      Helper helper, Environment env, long frame, long r1, long r2, long r3, long r4, long r5) {
    return switch (helper) {
      case MAP_LOOKUP_ELEM -> MapHelpers.lookup(env, r1, r2);
      case MAP_UPDATE_ELEM -> MapHelpers.update(env, r1, r2, r3, r4);
      case MAP_DELETE_ELEM -> MapHelpers.delete(env, r1, r2);
      case MAP_PUSH_ELEM -> MapHelpers.push(env, r1, r2, r3);
      case MAP_POP_ELEM -> MapHelpers.pop(env, r1, r2);
      case MAP_PEEK_ELEM -> MapHelpers.peek(env, r1, r2);
      case PERF_EVENT_OUTPUT -> MapHelpers.event(env, r2, r3, r4, r5);
      case RINGBUF_OUTPUT -> MapHelpers.output(env, r1, r2, r3, r4);
      case RINGBUF_RESERVE -> MapHelpers.reserve(env, r1, r2, r3);
      case RINGBUF_SUBMIT -> MapHelpers.commit(env, r1, false);
      case RINGBUF_DISCARD -> MapHelpers.commit(env, r1, true);
      case RINGBUF_QUERY -> MapHelpers.query(env, r1, r2);
      case KTIME_GET_NS, KTIME_GET_BOOT_NS -> env.clock.getAsLong();
      case TRACE_PRINTK -> env.trace(r1, r2);
      case GET_PRANDOM_U32 -> env.nextRandom();
      case GET_SMP_PROCESSOR_ID -> env.cpu;
      // A tail call that finds a program never gets here.
      case TAIL_CALL -> Errno.ENOENT;
      case GET_CURRENT_PID_TGID -> 0;
      case SPIN_LOCK -> MapHelpers.lock(env, r1);
      case SPIN_UNLOCK -> MapHelpers.unlock(env, r1);
      case REDIRECT -> PacketHelpers.redirect(env, r1, r2);
      case REDIRECT_MAP -> PacketHelpers.redirectMap(env, r1, r2, r3);
      case CSUM_DIFF -> PacketHelpers.checksumDifference(env, r1, r2, r3, r4, r5);
      case XDP_ADJUST_HEAD -> PacketHelpers.adjustHead(env, (int) r2);
      case XDP_ADJUST_META -> PacketHelpers.adjustMeta(env, (int) r2);
      case XDP_ADJUST_TAIL -> PacketHelpers.adjustTail(env, (int) r2);
      case XDP_GET_BUFF_LEN -> env.packetEnd - env.packetStart;
      case SKB_LOAD_BYTES, XDP_LOAD_BYTES -> PacketHelpers.loadBytes(env, r2, r3, r4);
      case SKB_STORE_BYTES, XDP_STORE_BYTES -> PacketHelpers.storeBytes(env, r2, r3, r4);
      case L3_CSUM_REPLACE -> PacketHelpers.replaceChecksum(env, r2, r3, r4, r5, false);
      case L4_CSUM_REPLACE -> PacketHelpers.replaceChecksum(env, r2, r3, r4, r5, true);
      case FIB_LOOKUP -> PacketHelpers.fibLookup(env, r2, r3);
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

  private static long loop(
      Environment env, long frame, long count, long function, long argument, long flags) {
    long turns = count & 0xffff_ffffL;
    if (flags != 0) {
      return Errno.EINVAL;
    }
    if (turns > MAX_LOOPS) {
      return Errno.E2BIG;
    }
    for (long done = 0; done < turns; done++) {
      if (env.callFunction(function, frame, done, argument, 0, 0) != 0) {
        return done + 1;
      }
    }
    return turns;
  }
}
