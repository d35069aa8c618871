/**
 * Maps outside the Java heap, so that programs use them by address. Behaviour is deterministic
 * (which entry is evicted, when a map is full), so that replicas that see the same packets hold the
 * same state. A map belongs to one thread at a time.
 */
@NullMarked
package dev.scr.ebpf.map;

import org.jspecify.annotations.NullMarked;
