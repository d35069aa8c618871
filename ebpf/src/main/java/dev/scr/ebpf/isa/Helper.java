package dev.scr.ebpf.isa;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Helper functions by the numbers of the kernel's {@code enum bpf_func_id}. {@link Helpers} has
 * what they do.
 */
public enum Helper {
  MAP_LOOKUP_ELEM(1),
  MAP_UPDATE_ELEM(2),
  MAP_DELETE_ELEM(3),
  KTIME_GET_NS(5),
  TRACE_PRINTK(6),
  GET_PRANDOM_U32(7),
  GET_SMP_PROCESSOR_ID(8),
  SKB_STORE_BYTES(9),
  L3_CSUM_REPLACE(10),
  L4_CSUM_REPLACE(11),
  TAIL_CALL(12),
  GET_CURRENT_PID_TGID(14),
  REDIRECT(23),
  PERF_EVENT_OUTPUT(25),
  SKB_LOAD_BYTES(26),
  CSUM_DIFF(28),
  XDP_ADJUST_HEAD(44),
  REDIRECT_MAP(51),
  XDP_ADJUST_META(54),
  XDP_ADJUST_TAIL(65),
  FIB_LOOKUP(69),
  MAP_PUSH_ELEM(87),
  MAP_POP_ELEM(88),
  MAP_PEEK_ELEM(89),
  SPIN_LOCK(93),
  SPIN_UNLOCK(94),
  KTIME_GET_BOOT_NS(125),
  RINGBUF_OUTPUT(130),
  RINGBUF_RESERVE(131),
  RINGBUF_SUBMIT(132),
  RINGBUF_DISCARD(133),
  RINGBUF_QUERY(134),
  LOOP(181),
  XDP_GET_BUFF_LEN(188),
  XDP_LOAD_BYTES(189),
  XDP_STORE_BYTES(190);

  private static final List<Optional<Helper>> BY_NUMBER;

  static {
    List<Optional<Helper>> rows = new ArrayList<>(Collections.nCopies(256, Optional.empty()));
    for (Helper helper : values()) {
      rows.set(helper.number, Optional.of(helper));
    }
    BY_NUMBER = List.copyOf(rows);
  }

  private final int number;

  Helper(int number) {
    this.number = number;
  }

  /** The kernel's number. */
  public int number() {
    return number;
  }

  /** The helper with this number. */
  public static Optional<Helper> ofNumber(long number) {
    return number < 0 || number >= BY_NUMBER.size()
        ? Optional.empty()
        : BY_NUMBER.get((int) number);
  }

  /** The name without {@code bpf_}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
