package dev.scr.linux.bpf;

import java.util.Arrays;
import java.util.Optional;

/** Kinds of program, by the kernel's numbers. */
public enum ProgramType {
  SOCKET_FILTER(1),
  KPROBE(2),
  SCHED_CLS(3),
  SCHED_ACT(4),
  TRACEPOINT(5),
  XDP(6),
  PERF_EVENT(7),
  CGROUP_SKB(8),
  CGROUP_SOCK(9),
  LWT_IN(10),
  LWT_OUT(11),
  LWT_XMIT(12),
  SOCK_OPS(13),
  SK_SKB(14),
  CGROUP_DEVICE(15),
  SK_MSG(16),
  RAW_TRACEPOINT(17),
  CGROUP_SOCK_ADDR(18),
  FLOW_DISSECTOR(22),
  TRACING(26),
  SYSCALL(31);

  private final int number;

  ProgramType(int number) {
    this.number = number;
  }

  /** {@code enum bpf_prog_type}. */
  public int number() {
    return number;
  }

  /** Empty for a number that this project doesn't know. */
  public static Optional<ProgramType> of(int number) {
    return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
  }
}
