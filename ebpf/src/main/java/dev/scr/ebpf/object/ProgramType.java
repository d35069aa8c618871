package dev.scr.ebpf.object;

/** What kind of context a program gets; told by its section's name, with libbpf's rules. */
public enum ProgramType {
  SOCKET_FILTER(1),
  TC(3),
  XDP(6),
  /** Anything that is not run here: it can be read, printed and optimized. */
  OTHER(0);

  private final int code;

  ProgramType(int code) {
    this.code = code;
  }

  /** The kernel's {@code enum bpf_prog_type}; 0 for {@link #OTHER}. */
  public int code() {
    return code;
  }

  /** The type of the programs in a section. */
  public static ProgramType ofSection(String section) {
    String name = section.startsWith("?") ? section.substring(1) : section;
    if (name.startsWith("xdp")) {
      return XDP;
    }
    if (name.startsWith("socket")) {
      return SOCKET_FILTER;
    }
    if (name.startsWith("tc") || name.startsWith("classifier") || name.startsWith("action")) {
      return TC;
    }
    return OTHER;
  }
}
