package dev.scr.ebpf.machine;

/** Verdicts of XDP programs; the ordinal is the number that the program returns. */
public enum XdpAction {
  ABORTED,
  DROP,
  PASS,
  TX,
  REDIRECT;

  /** The action of a return value; the kernel treats unknown ones as {@link #ABORTED}. */
  public static XdpAction of(int verdict) {
    return verdict >= 0 && verdict < values().length ? values()[verdict] : ABORTED;
  }
}
