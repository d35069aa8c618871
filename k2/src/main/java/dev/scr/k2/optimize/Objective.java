package dev.scr.k2.optimize;

/** What is to become small. */
public enum Objective {
  /** Slots of 8 bytes, which the kernel's limits count; LDDW has two. */
  SIZE,
  /** Time per run: as small as size allows, without what is short and slow. */
  LATENCY
}
