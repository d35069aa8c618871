package dev.scr.k2.search;

/**
 * A register that is needed after a window, and where its value comes from.
 *
 * @param register its number
 */
record ByteResult(int register, ByteSource source) {}
