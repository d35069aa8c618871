package dev.scr.ebpf.machine;

/**
 * Choices of the JVM compiler that change no result.
 *
 * @param door how programs reach memory
 * @param methodBytes of bytecode that a method may have, by a generous estimate
 */
record Translation(MemoryDoor door, int methodBytes) {
  /** Well below the 8000 bytes above which HotSpot compiles no method. */
  private static final int METHOD_BYTES = 6_500;

  /** The best for this JVM. */
  static Translation best() {
    return new Translation(MemoryDoor.best(), Integer.getInteger("scr.mb", METHOD_BYTES));
  }
}
