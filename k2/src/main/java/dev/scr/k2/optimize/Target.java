package dev.scr.k2.optimize;

import dev.scr.k2.rewrite.RewriteOptions;
import dev.scr.k2.validate.KernelFeatures;

/**
 * The kernel that is to run the result.
 *
 * @param name host, or the version of the instruction set
 * @param features what it accepts
 */
public record Target(String name, KernelFeatures features) {
  /** The names of targets. */
  public static final java.util.List<String> NAMES =
      java.util.List.of("host", "v1", "v2", "v3", "v4");

  /** The running kernel; where it cannot be asked, what every kernel accepts. */
  public static Target host() {
    return new Target("host", KernelFeatures.ofThisKernel());
  }

  /**
   * A target by its name: {@code host}, or a version of the instruction set as compilers call them,
   * on a machine that accesses packets at any offset.
   */
  public static Target named(String name) {
    return switch (name) {
      case "host" -> host();
      case "v1" -> version(name, false, false, false);
      case "v2" -> version(name, true, false, false);
      case "v3" -> version(name, true, true, false);
      case "v4" -> version(name, true, true, true);
      default ->
          throw new IllegalArgumentException(
              "target: expected one of " + NAMES + ", found " + name);
    };
  }

  private static Target version(String name, boolean v2, boolean v3, boolean v4) {
    return new Target(name, new KernelFeatures(true, v2, v3, v4, v3, v4, true, false));
  }

  /** The same, with accesses aligned to their size. */
  public Target aligned() {
    KernelFeatures f = features;
    return new Target(
        name,
        new KernelFeatures(
            f.known(),
            f.branches(),
            f.words32(),
            f.signExtending(),
            f.atomics(),
            f.contextImmediates(),
            false,
            f.arrayHits()));
  }

  RewriteOptions rewriteOptions(Objective objective) {
    return new RewriteOptions(
        features.branches(),
        features.words32(),
        features.signExtending(),
        features.unalignedPackets(),
        features.contextImmediates(),
        objective == Objective.SIZE,
        features.arrayHits());
  }
}
