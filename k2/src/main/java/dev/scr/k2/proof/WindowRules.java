package dev.scr.k2.proof;

import dev.scr.k2.proof.WindowRun.Access;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** What a candidate may touch: the bytes that the original touches, and those named accessible. */
final class WindowRules {
  private final CheckerOptions options;
  private final WindowRun reference;
  private final Precondition pre;
  private final Map<Spot, Boolean> bytes = new HashMap<>();
  private final Set<Access> context = new HashSet<>();

  /** One byte. */
  private record Spot(Region region, Term variable, long offset) {}

  WindowRules(Precondition pre, WindowRun reference, CheckerOptions options) {
    this.options = options;
    this.reference = reference;
    this.pre = pre;
    for (Access access : reference.accesses) {
      context.add(access);
      for (int i = 0; i < access.bytes(); i++) {
        Spot spot = new Spot(access.region(), access.variable(), access.offset() + i);
        bytes.merge(spot, access.write(), Boolean::logicalOr);
      }
    }
  }

  /** Throws a {@link Refusal} if the run did what a candidate must not do. */
  void check(WindowRun run) {
    run.accesses.forEach(this::check);
    checkAtomics(run);
  }

  private void check(Access access) {
    String what =
        (access.write() ? "write of " : "read of ")
            + access.bytes()
            + " bytes at "
            + access.region()
            + " + "
            + access.offset();
    switch (access.region().kind()) {
      case CONTEXT -> {
        if (!context.contains(access)) {
          throw new Refusal("expected a context access of the original, found a " + what);
        }
      }
      case STACK -> checkAligned(access, what);
      case PACKET, MAP_VALUE, OTHER -> {
        if (!options.unaligned()) {
          checkAligned(access, what);
        }
      }
    }
    for (int i = 0; i < access.bytes(); i++) {
      if (!allows(access, access.offset() + i)) {
        throw new Refusal("expected accessible bytes, found a " + what);
      }
    }
  }

  private static void checkAligned(Access access, String what) {
    if (Math.floorMod(access.offset(), access.bytes()) != 0) {
      throw new Refusal("expected an aligned access, found a " + what);
    }
  }

  private boolean allows(Access access, long offset) {
    Boolean written = bytes.get(new Spot(access.region(), access.variable(), offset));
    if (written != null && (written || !access.write())) {
      return true;
    }
    return access.variable().isConstant()
        && pre.accessible().stream()
            .anyMatch(range ->
                range.region().equals(access.region())
                    && range.from() <= offset
                    && offset < range.to()
                    && (range.writable() || !access.write()));
  }

  /** What was atomic stays atomic, in the same order. */
  private void checkAtomics(WindowRun run) {
    Iterator<WindowRun.AtomicEffect> found = run.atomics.iterator();
    for (WindowRun.AtomicEffect expected : reference.atomics) {
      boolean matched = false;
      while (!matched && found.hasNext()) {
        matched = found.next().equals(expected);
      }
      if (!matched) {
        throw new Refusal("expected the atomic operations of the original, found another one");
      }
    }
  }
}
