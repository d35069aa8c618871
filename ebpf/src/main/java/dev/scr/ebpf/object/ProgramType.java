package dev.scr.ebpf.object;

import java.util.List;

/**
 * What kind of context a program gets; told by its section's name, with libbpf's rules ({@code
 * section_defs} of its libbpf.c).
 */
public enum ProgramType {
  SOCKET_FILTER(1),
  KPROBE(2),
  /** A classifier of tc. */
  TC(3),
  /** An action of tc; its context is that of {@link #TC}. */
  TC_ACTION(4),
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
  SYSCALL(31),
  /** Anything else: it can be read and printed. */
  OTHER(0);

  /** A rule: sections whose name starts so hold such programs. The first that matches counts. */
  private record Rule(String prefix, ProgramType type) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule("xdp", XDP),
          new Rule("socket", SOCKET_FILTER),
          new Rule("tc", TC),
          new Rule("classifier", TC),
          new Rule("action", TC_ACTION),
          new Rule("kprobe", KPROBE),
          new Rule("kretprobe", KPROBE),
          new Rule("ksyscall", KPROBE),
          new Rule("kretsyscall", KPROBE),
          new Rule("uprobe", KPROBE),
          new Rule("uretprobe", KPROBE),
          new Rule("tracepoint", TRACEPOINT),
          new Rule("tp/", TRACEPOINT),
          new Rule("raw_tracepoint", RAW_TRACEPOINT),
          new Rule("raw_tp", RAW_TRACEPOINT),
          new Rule("perf_event", PERF_EVENT),
          new Rule("lwt_in", LWT_IN),
          new Rule("lwt_out", LWT_OUT),
          new Rule("lwt_xmit", LWT_XMIT),
          new Rule("sockops", SOCK_OPS),
          new Rule("sk_skb", SK_SKB),
          new Rule("sk_msg", SK_MSG),
          new Rule("flow_dissector", FLOW_DISSECTOR),
          new Rule("cgroup_skb", CGROUP_SKB),
          new Rule("cgroup/skb", CGROUP_SKB),
          new Rule("cgroup/dev", CGROUP_DEVICE),
          new Rule("cgroup/sock", CGROUP_SOCK),
          new Rule("cgroup/post_bind", CGROUP_SOCK),
          new Rule("cgroup/bind", CGROUP_SOCK_ADDR),
          new Rule("cgroup/connect", CGROUP_SOCK_ADDR),
          new Rule("cgroup/sendmsg", CGROUP_SOCK_ADDR),
          new Rule("cgroup/recvmsg", CGROUP_SOCK_ADDR),
          new Rule("cgroup/getpeername", CGROUP_SOCK_ADDR),
          new Rule("cgroup/getsockname", CGROUP_SOCK_ADDR),
          new Rule("syscall", SYSCALL));

  private final int code;

  ProgramType(int code) {
    this.code = code;
  }

  /** The kernel's {@code enum bpf_prog_type}; 0 for {@link #OTHER}. */
  public int code() {
    return code;
  }

  /** Whether the context is {@code struct __sk_buff}. */
  public boolean seesSocketBuffer() {
    return switch (this) {
      case SOCKET_FILTER, TC, TC_ACTION, CGROUP_SKB, LWT_IN, LWT_OUT, LWT_XMIT, SK_SKB -> true;
      case KPROBE,
          TRACEPOINT,
          XDP,
          PERF_EVENT,
          CGROUP_SOCK,
          SOCK_OPS,
          CGROUP_DEVICE,
          SK_MSG,
          RAW_TRACEPOINT,
          CGROUP_SOCK_ADDR,
          FLOW_DISSECTOR,
          SYSCALL,
          OTHER ->
          false;
    };
  }

  /** The type of the programs in a section. */
  public static ProgramType ofSection(String section) {
    String name = section.startsWith("?") ? section.substring(1) : section;
    return RULES.stream()
        .filter(rule -> name.startsWith(rule.prefix()))
        .findFirst()
        .map(Rule::type)
        .orElse(OTHER);
  }
}
