package dev.scr.k2.validate;

import java.util.Optional;

/**
 * What a run did, besides the maps.
 *
 * @param returned by the program, 32 bits
 * @param after the frame or the context as the program left it
 * @param redirect interface that an XDP program redirected to, 0 if none or not visible
 * @param trap why the run was stopped: the program accessed what it may not
 */
record Outcome(int returned, Sample after, int redirect, Optional<String> trap) {
  static Outcome trapped(String why) {
    return new Outcome(0, new Sample(new byte[0]), 0, Optional.of(why));
  }

  /** How another run differs. */
  Optional<String> difference(Outcome other) {
    if (other.trap.isPresent()) {
      return Optional.of("stopped: " + other.trap.get());
    }
    if (returned != other.returned) {
      return Optional.of("expected to return %d, found %d".formatted(returned, other.returned));
    }
    if (redirect != other.redirect) {
      return Optional.of(
          "expected a redirection to %d, found one to %d".formatted(redirect, other.redirect));
    }
    if (after.length() != other.after.length()) {
      return Optional.of(
          "expected %d bytes afterwards, found %d".formatted(after.length(), other.after.length()));
    }
    for (int i = 0; i < after.length(); i++) {
      byte wanted = after.raw()[i];
      byte found = other.after.raw()[i];
      if (wanted != found) {
        return Optional.of(
            "byte %d afterwards: expected 0x%02x, found 0x%02x".formatted(i, wanted, found));
      }
    }
    return Optional.empty();
  }
}
