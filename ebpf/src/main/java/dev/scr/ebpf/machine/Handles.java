package dev.scr.ebpf.machine;

/**
 * What stands in a register for things that are not memory: maps and functions. The numbers are no
 * valid addresses, so that an access through one is trapped.
 */
final class Handles {
  private static final long KIND = 0xffff_0000_0000_0000L;
  private static final long MAP = 0x7ff1_0000_0000_0000L;
  private static final long FUNCTION = 0x7ff2_0000_0000_0000L;

  private Handles() {}

  static long map(int index) {
    return MAP | index;
  }

  static long function(int program, int function) {
    return FUNCTION | (long) program << 24 | function;
  }

  static boolean isMap(long handle) {
    return (handle & KIND) == MAP;
  }

  static boolean isFunction(long handle) {
    return (handle & KIND) == FUNCTION;
  }

  static int mapIndex(long handle) {
    return (int) handle;
  }

  static int program(long handle) {
    return (int) (handle >> 24 & 0xff_ffff);
  }

  static int functionNumber(long handle) {
    return (int) (handle & 0xff_ffff);
  }
}
