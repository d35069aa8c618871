package dev.scr.ebpf.machine;

/** The seam between engines: a program whose functions can be called. */
interface Executable {
  /**
   * Calls a function.
   *
   * @param function number in the program's control flow; 0 is the start
   * @param frame the function's r10
   * @return r0
   */
  long call(
      int function,
      Environment environment,
      long frame,
      long r1,
      long r2,
      long r3,
      long r4,
      long r5);
}
