package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.JmpOp;

/**
 * What the target accepts, and what counts.
 *
 * @param lessThan jumps if less (ISA v2)
 * @param words32 32-bit arithmetic and jumps (ISA v3)
 * @param signExtending sign-extending loads and moves (ISA v4)
 * @param unaligned packets and map values may be accessed at any offset, as on x86
 * @param contextImmediates constants may be stored to the context (Linux 6.3)
 * @param atomicAdds load, add and store may become one atomic addition: fewer slots, more time
 * @param elidesNullChecks the verifier knows that a constant index of an array is found
 */
public record RewriteOptions(
    boolean lessThan,
    boolean words32,
    boolean signExtending,
    boolean unaligned,
    boolean contextImmediates,
    boolean atomicAdds,
    boolean elidesNullChecks) {
  /** A current kernel on x86, fewest slots. */
  public static final RewriteOptions CURRENT =
      new RewriteOptions(true, true, true, true, true, true, true);

  /** What every kernel accepts. */
  public static final RewriteOptions CONSERVATIVE =
      new RewriteOptions(false, false, false, false, false, false, false);

  /** Whether the target has this comparison. */
  boolean has(JmpOp op) {
    return switch (op) {
      case JEQ, JNE, JSET, JGT, JGE, JSGT, JSGE -> true;
      case JLT, JLE, JSLT, JSLE -> lessThan;
    };
  }
}
