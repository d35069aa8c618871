package dev.scr.k2.validate;

/** What the kernel's verifier says of a program. */
public sealed interface KernelVerdict {
  /** What reports say: the last useful lines of the verifier's log, or why it was not asked. */
  String logTail();

  /** Whether the program loads. */
  default boolean accepted() {
    return this instanceof Accepted;
  }

  /** Whether the kernel was asked, and said no. */
  default boolean refused() {
    return this instanceof Refused;
  }

  /**
   * It loads.
   *
   * @param processedInsns steps that the verifier took
   * @param machineBytes that the kernel's compiler made, 0 if it is off
   * @param translatedBytes after the kernel's rewriting
   */
  record Accepted(long processedInsns, int machineBytes, int translatedBytes, String logTail)
      implements KernelVerdict {}

  /** The verifier refuses it. */
  record Refused(String logTail, String log) implements KernelVerdict {}

  /** Nobody can say here: privileges lack, or the kernel does not make the maps. */
  record NotAvailable(String logTail) implements KernelVerdict {}
}
