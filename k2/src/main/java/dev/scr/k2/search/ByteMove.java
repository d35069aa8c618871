package dev.scr.k2.search;

import dev.scr.k2.search.ByteSource.Origin;

/**
 * A store, and where its value comes from.
 *
 * @param region number in the {@link Layout}
 * @param index first byte, from the region's low end
 * @param bytes 1, 2, 4 or 8
 */
record ByteMove(int region, int index, int bytes, ByteSource source) {
  /** Whether it changes what a source loads. */
  boolean overwrites(ByteSource other) {
    return other.origin() instanceof Origin.Loaded(int from, int at, int count)
        && overlaps(from, at, count);
  }

  /** Whether the one of two stores that comes second matters to the other. */
  boolean touches(ByteMove other) {
    return overlaps(other.region, other.index, other.bytes) || overwrites(other.source);
  }

  private boolean overlaps(int otherRegion, int at, int count) {
    return otherRegion == region && at < index + bytes && index < at + count;
  }
}
