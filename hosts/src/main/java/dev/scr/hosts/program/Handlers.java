package dev.scr.hosts.program;

/** Which object of a packet program is run. Both do the same. */
public enum Handlers {
  /** What the optimizer made of the compiler's object: {@code scr k2 optimize --proof windows}. */
  OPTIMIZED(".optimized.bpf.o"),
  /** What the compiler made. */
  ORIGINAL(".bpf.o");

  private final String suffix;

  Handlers(String suffix) {
    this.suffix = suffix;
  }

  /** Ends the name of the file that has the object, behind the program's name. */
  public String suffix() {
    return suffix;
  }
}
