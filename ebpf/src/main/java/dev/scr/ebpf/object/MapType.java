package dev.scr.ebpf.object;

import java.util.Locale;
import java.util.Optional;

/** Map types by the numbers of the kernel's {@code enum bpf_map_type}. */
public enum MapType {
  HASH(1),
  ARRAY(2),
  PROG_ARRAY(3),
  PERF_EVENT_ARRAY(4),
  PERCPU_HASH(5),
  PERCPU_ARRAY(6),
  STACK_TRACE(7),
  CGROUP_ARRAY(8),
  LRU_HASH(9),
  LRU_PERCPU_HASH(10),
  LPM_TRIE(11),
  ARRAY_OF_MAPS(12),
  HASH_OF_MAPS(13),
  DEVMAP(14),
  SOCKMAP(15),
  CPUMAP(16),
  XSKMAP(17),
  SOCKHASH(18),
  QUEUE(22),
  STACK(23),
  DEVMAP_HASH(25),
  RINGBUF(27);

  private final int code;

  MapType(int code) {
    this.code = code;
  }

  /** The kernel's number. */
  public int code() {
    return code;
  }

  /** The type with this number. */
  public static Optional<MapType> ofCode(long code) {
    for (MapType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The name as bpftool prints it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
