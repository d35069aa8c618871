package dev.scr.k2.code;

/** A jump would be too long for its 16-bit distance: the draft cannot be written. */
public final class DistanceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DistanceException(int distance) {
    super("expected a jump of at most 32767 slots, found " + distance);
  }
}
