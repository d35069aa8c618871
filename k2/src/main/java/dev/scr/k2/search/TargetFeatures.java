package dev.scr.k2.search;

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
 */
public record TargetFeatures(
    boolean arithmetic32,
    boolean branches32,
    boolean extensions,
    boolean storeImmediate,
    boolean atomicAdd,
    boolean unalignedPacket) {

  /** The original instruction set; 32-bit arithmetic and stores of constants were always in it. */
  public static final TargetFeatures V1 = new TargetFeatures(true, false, false, true, true, true);

  /** With 32-bit comparisons. */
  public static final TargetFeatures V3 = new TargetFeatures(true, true, false, true, true, true);

  /** With sign extension and unconditional byte swaps. */
  public static final TargetFeatures V4 = new TargetFeatures(true, true, true, true, true, true);

  /** Without accesses that are not aligned to their size. */
  public TargetFeatures aligned() {
    return new TargetFeatures(
        arithmetic32, branches32, extensions, storeImmediate, atomicAdd, false);
  }

  /** Without new atomic additions. */
  public TargetFeatures withoutAtomicAdd() {
    return new TargetFeatures(
        arithmetic32, branches32, extensions, storeImmediate, false, unalignedPacket);
  }
}
