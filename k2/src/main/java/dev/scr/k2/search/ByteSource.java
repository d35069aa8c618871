package dev.scr.k2.search;

import dev.scr.ebpf.isa.SwapOp;
import org.jspecify.annotations.Nullable;

/**
 * Where bytes come from: something as it was before a window, and perhaps a change of it.
 *
 * @param origin what it was
 * @param change what has become of it
 */
record ByteSource(Origin origin, Change change) {
  /** Where bytes come from before they are changed. */
  sealed interface Origin {
    /** A register as it was before the window. */
    record Held(int register) implements Origin {}

    /**
     * A load of memory as it was before the window; {@code index} counts from the region's low end.
     */
    record Loaded(int region, int index, int bytes) implements Origin {}

    /** A constant. */
    record Constant(long value) implements Origin {}
  }

  /** A shift by bytes (negative: to the right), or a swap. */
  record Change(int shift, @Nullable SwapOp swap) {
    static final Change NONE = new Change(0, null);
  }

  /** An origin as it is. */
  static ByteSource plain(Origin origin) {
    return new ByteSource(origin, Change.NONE);
  }

  boolean isPlain() {
    return change.equals(Change.NONE);
  }

  ByteSource unchanged() {
    return isPlain() ? this : plain(origin);
  }
}
