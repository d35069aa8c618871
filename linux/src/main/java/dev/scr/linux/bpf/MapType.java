package dev.scr.linux.bpf;

import java.util.Arrays;
import java.util.Optional;

/** Kinds of map, by the kernel's numbers. */
public enum MapType {
  HASH(1, false),
  ARRAY(2, false),
  PROGRAM_ARRAY(3, false),
  PERF_EVENT_ARRAY(4, false),
  PER_CPU_HASH(5, true),
  PER_CPU_ARRAY(6, true),
  STACK_TRACE(7, false),
  CGROUP_ARRAY(8, false),
  LRU_HASH(9, false),
  LRU_PER_CPU_HASH(10, true),
  LPM_TRIE(11, false),
  ARRAY_OF_MAPS(12, false),
  HASH_OF_MAPS(13, false),
  DEVICE_MAP(14, false),
  SOCKET_MAP(15, false),
  CPU_MAP(16, false),
  XSK_MAP(17, false),
  SOCKET_HASH(18, false),
  QUEUE(22, false),
  STACK(23, false),
  DEVICE_HASH(25, false),
  RING_BUFFER(27, false),
  BLOOM_FILTER(30, false);

  private final int number;
  private final boolean perCpu;

  MapType(int number, boolean perCpu) {
    this.number = number;
    this.perCpu = perCpu;
  }

  /** {@code enum bpf_map_type}, as it stands in objects. */
  public int number() {
    return number;
  }

  /** Whether user space sees one value per possible processor under each key. */
  public boolean perCpu() {
    return perCpu;
  }

  /** Empty for a number that this project doesn't know. */
  public static Optional<MapType> of(int number) {
    return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
  }
}
