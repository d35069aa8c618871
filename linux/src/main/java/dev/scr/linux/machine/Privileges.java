package dev.scr.linux.machine;

import dev.scr.linux.call.CapabilityCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.call.ThreadCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the calling thread may do. */
public final class Privileges {
  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";

  private Privileges() {}

  public static int effectiveUserId() {
    return ThreadCalls.effectiveUserId();
  }

  /** The effective ones among those that this project knows; none where /proc is not mounted. */
  public static Set<Capability> effective() {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(EFFECTIVE))
          .findFirst()
          .map(line -> parse(line.substring(EFFECTIVE.length()).strip()))
          .orElseGet(() -> EnumSet.noneOf(Capability.class));
    } catch (IOException e) {
      return EnumSet.noneOf(Capability.class);
    }
  }

  /**
   * Empty when the thread has all of {@code needed}; otherwise a sentence that says what lacks and
   * what helps.
   */
  public static Optional<String> lacks(Capability... needed) {
    Set<Capability> held = effective();
    String missing =
        Arrays.stream(needed)
            .filter(capability -> !held.contains(capability))
            .map(capability -> "CAP_" + capability + " (" + capability.purpose() + ")")
            .collect(Collectors.joining(", "));
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("user " + effectiveUserId() + " lacks " + missing + "; run as root");
  }

  /**
   * Gives up everything that {@link #effective} tells of, for the calling platform thread and for
   * good; threads that it starts later have nothing either, others keep what they have. Sockets
   * that are open go on.
   */
  public static void dropAll() {
    SystemCallException.check(CapabilityCalls.dropAll(), "drop the capabilities of the thread");
  }

  static Set<Capability> parse(String hexadecimal) {
    EnumSet<Capability> set = EnumSet.noneOf(Capability.class);
    long bits;
    try {
      bits = Long.parseUnsignedLong(hexadecimal, 16);
    } catch (NumberFormatException e) {
      return set;
    }
    for (Capability capability : Capability.values()) {
      if (((bits >>> capability.bit()) & 1) != 0) {
        set.add(capability);
      }
    }
    return set;
  }
}
