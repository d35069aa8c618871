package dev.scr.ebpf.machine;

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
  TAIL_CALL(12),
  GET_CURRENT_PID_TGID(14),
  REDIRECT(23),
  CSUM_DIFF(28),
  XDP_ADJUST_HEAD(44),
  REDIRECT_MAP(51),
  XDP_ADJUST_META(54),
  XDP_ADJUST_TAIL(65),
  FIB_LOOKUP(69),
  SPIN_LOCK(93),
  SPIN_UNLOCK(94),
  KTIME_GET_BOOT_NS(125),
  LOOP(181);

  private static final Helper[] BY_NUMBER = new Helper[256];

  static {
    for (Helper helper : values()) {
      BY_NUMBER[helper.number] = helper;
    }
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
    return number < 0 || number >= BY_NUMBER.length
        ? Optional.empty()
        : Optional.ofNullable(BY_NUMBER[(int) number]);
  }

  /** The name without {@code bpf_}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
