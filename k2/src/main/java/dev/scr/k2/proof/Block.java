package dev.scr.k2.proof;

/**
 * A block of memory in a proof. Blocks of different spaces never overlap; blocks of one space are
 * either the same block or do not overlap either: two lookups of one map.
 *
 * @param base its address
 * @param space which memory it lies in
 * @param many whether the space can have several blocks
 * @param from lowest offset that exists
 * @param to offset behind the highest one; for packets the bounds are terms instead
 */
record Block(Term base, String space, Region.Kind kind, boolean many, long from, long to) {}
