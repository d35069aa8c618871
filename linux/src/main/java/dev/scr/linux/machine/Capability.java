package dev.scr.linux.machine;

/** The capabilities that packets and programs need; the number is the bit in the kernel's set. */
public enum Capability {
  NET_ADMIN(12, "interfaces, promiscuous mode, XDP"),
  NET_RAW(13, "AF_PACKET and AF_XDP sockets"),
  IPC_LOCK(14, "memory beyond the locked-memory limit"),
  SYS_ADMIN(21, "network namespaces"),
  SYS_RESOURCE(24, "raising limits"),
  PERFMON(38, "programs that the verifier treats with trust"),
  BPF(39, "programs and maps in the kernel");

  private final int bit;
  private final String purpose;

  Capability(int bit, String purpose) {
    this.bit = bit;
    this.purpose = purpose;
  }

  int bit() {
    return bit;
  }

  /** What this project needs it for. */
  public String purpose() {
    return purpose;
  }
}
