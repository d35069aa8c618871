package dev.scr.hosts.program;

/** What becomes of a packet: XDP's five actions. */
public enum Verdict {
  ABORTED(0),
  DROP(1),
  PASS(2),
  TX(3),
  REDIRECT(4);

  private static final Verdict[] BY_NUMBER = values();

  private final int number;

  Verdict(int number) {
    this.number = number;
  }

  /** The number that a program returns for it. */
  public int number() {
    return number;
  }

  /**
   * The verdict of a program's return value; what XDP does not know is aborted, as in the kernel.
   */
  public static Verdict of(int returned) {
    return returned >= 0 && returned < BY_NUMBER.length ? BY_NUMBER[returned] : ABORTED;
  }
}
