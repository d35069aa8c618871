package dev.scr.k2.search;

/**
 * A place that a load or a store may access.
 *
 * @param region number in the {@link Layout}
 * @param at offset from the region's base
 * @param bytes 1, 2, 4 or 8
 */
record MemoryPlace(int region, int at, int bytes) {}
