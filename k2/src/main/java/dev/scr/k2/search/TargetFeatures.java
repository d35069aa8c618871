package dev.scr.k2.search;

import dev.scr.k2.rewrite.RewriteOptions;

/**
 * What the kernel that will run the program understands, by the names that compilers give the
 * instruction set's versions.
 *
 * @param arithmetic32 32-bit arithmetic (v3; every kernel since 4.18 compiles it well)
 * @param branches32 32-bit comparisons (v3)
 * @param extensions sign-extending moves and loads, and unconditional byte swaps (v4)
 * @param storeImmediate stores of constants (in every kernel, but compilers emit them from v4 on)
 * @param atomicAdd a load, an addition and a store may become one atomic addition
 * @param unalignedPacket packet and map values may be accessed at any address, as the kernel allows
 *     on machines with efficient unaligned access
 * @param contextImmediates constants may be stored to the context
 */
public record TargetFeatures(
    boolean arithmetic32,
    boolean branches32,
    boolean extensions,
    boolean storeImmediate,
    boolean atomicAdd,
    boolean unalignedPacket,
    boolean contextImmediates) {

  /** The original instruction set; 32-bit arithmetic and stores of constants were always in it. */
  public static final TargetFeatures V1 =
      new TargetFeatures(true, false, false, true, true, true, false);

  /** With 32-bit comparisons. */
  public static final TargetFeatures V3 =
      new TargetFeatures(true, true, false, true, true, true, false);

  /** With sign extension, unconditional byte swaps, and constants stored to the context. */
  public static final TargetFeatures V4 =
      new TargetFeatures(true, true, true, true, true, true, true);

  /** What directed rewrites may use. */
  public static TargetFeatures of(RewriteOptions options) {
    return new TargetFeatures(
        true,
        options.words32(),
        options.signExtending(),
        true,
        options.atomicAdds(),
        options.unaligned(),
        options.contextImmediates());
  }
}
