package dev.scr.hosts.program;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The off-heap place where a program sees one frame after another. Confined to one thread. */
public final class Frames {
  /** The longest frame: 16 bits of length, and what a sequencer puts in front. */
  private static final int MAX_BYTES = (1 << 16) + (1 << 10);

  private final MemorySegment place;

  /** Takes the place from an arena. */
  public Frames(Arena arena) {
    place = arena.allocate(MAX_BYTES, 64);
  }

  /** The place, with whatever it holds. */
  public MemorySegment place() {
    return place;
  }

  /** Puts a frame there. */
  public MemorySegment put(byte[] frame, int length) {
    MemorySegment.copy(frame, 0, place, ValueLayout.JAVA_BYTE, 0, length);
    return place;
  }
}
