package dev.scr.linux.object;

import dev.scr.linux.bpf.ProgramType;
import java.util.List;
import java.util.Optional;

/**
 * What kind of program the kernel is told a section holds, by libbpf's names; the first row that
 * matches counts.
 *
 * @param prefix of the section's name
 * @param type the kernel's kind
 * @param attachType {@code enum bpf_attach_type}, 0 where the kind has one only
 */
record SectionKind(String prefix, ProgramType type, int attachType) {
  private static final List<SectionKind> ROWS =
      List.of(
          of("xdp/devmap", ProgramType.XDP, 33),
          of("xdp/cpumap", ProgramType.XDP, 35),
          of("xdp", ProgramType.XDP, 0),
          of("socket", ProgramType.SOCKET_FILTER, 0),
          of("tc", ProgramType.SCHED_CLS, 0),
          of("classifier", ProgramType.SCHED_CLS, 0),
          of("action", ProgramType.SCHED_ACT, 0),
          of("kprobe", ProgramType.KPROBE, 0),
          of("kretprobe", ProgramType.KPROBE, 0),
          of("ksyscall", ProgramType.KPROBE, 0),
          of("kretsyscall", ProgramType.KPROBE, 0),
          of("uprobe", ProgramType.KPROBE, 0),
          of("uretprobe", ProgramType.KPROBE, 0),
          of("tracepoint", ProgramType.TRACEPOINT, 0),
          of("tp/", ProgramType.TRACEPOINT, 0),
          of("raw_tracepoint", ProgramType.RAW_TRACEPOINT, 0),
          of("raw_tp", ProgramType.RAW_TRACEPOINT, 0),
          of("perf_event", ProgramType.PERF_EVENT, 0),
          of("lwt_in", ProgramType.LWT_IN, 0),
          of("lwt_out", ProgramType.LWT_OUT, 0),
          of("lwt_xmit", ProgramType.LWT_XMIT, 0),
          of("sockops", ProgramType.SOCK_OPS, 3),
          of("sk_skb", ProgramType.SK_SKB, 0),
          of("sk_msg", ProgramType.SK_MSG, 7),
          of("flow_dissector", ProgramType.FLOW_DISSECTOR, 17),
          of("cgroup_skb/egress", ProgramType.CGROUP_SKB, 1),
          of("cgroup_skb", ProgramType.CGROUP_SKB, 0),
          of("cgroup/skb", ProgramType.CGROUP_SKB, 0),
          of("cgroup/dev", ProgramType.CGROUP_DEVICE, 6),
          of("cgroup/sock", ProgramType.CGROUP_SOCK, 2),
          of("cgroup/post_bind4", ProgramType.CGROUP_SOCK, 12),
          of("cgroup/post_bind6", ProgramType.CGROUP_SOCK, 13),
          of("cgroup/bind4", ProgramType.CGROUP_SOCK_ADDR, 8),
          of("cgroup/bind6", ProgramType.CGROUP_SOCK_ADDR, 9),
          of("cgroup/connect4", ProgramType.CGROUP_SOCK_ADDR, 10),
          of("cgroup/connect6", ProgramType.CGROUP_SOCK_ADDR, 11),
          of("cgroup/sendmsg4", ProgramType.CGROUP_SOCK_ADDR, 14),
          of("cgroup/sendmsg6", ProgramType.CGROUP_SOCK_ADDR, 15),
          of("cgroup/recvmsg4", ProgramType.CGROUP_SOCK_ADDR, 19),
          of("cgroup/recvmsg6", ProgramType.CGROUP_SOCK_ADDR, 20),
          of("cgroup/getpeername4", ProgramType.CGROUP_SOCK_ADDR, 29),
          of("cgroup/getpeername6", ProgramType.CGROUP_SOCK_ADDR, 30),
          of("cgroup/getsockname4", ProgramType.CGROUP_SOCK_ADDR, 31),
          of("cgroup/getsockname6", ProgramType.CGROUP_SOCK_ADDR, 32),
          of("syscall", ProgramType.SYSCALL, 0));

  private static SectionKind of(String prefix, ProgramType type, int attachType) {
    return new SectionKind(prefix, type, attachType);
  }

  static List<SectionKind> rows() {
    return ROWS;
  }

  static Optional<SectionKind> of(String section) {
    String name = section.startsWith("?") ? section.substring(1) : section;
    return ROWS.stream().filter(row -> name.startsWith(row.prefix())).findFirst();
  }
}
