package dev.scr.ebpf.machine;

/**
 * Choices of the JVM compiler that change no result.
 *
 * @param door how programs reach memory
 * @param methodBytes of bytecode that a method may have
 */
record Translation(MemoryDoor door, int methodBytes) {
  /** Below the 8000 bytes above which HotSpot compiles no method. */
  private static final int METHOD_BYTES = 7_500;

  /** The best for this JVM. */
  static Translation best() {
    return new Translation(MemoryDoor.best(), METHOD_BYTES);
  }
}
