/**
 * Loss recovery: what each worker received, kept for its peers, and how a packet that some worker
 * missed ends up in all replicas or in none ({@code docs/loss-recovery.md}).
 */
@NullMarked
package dev.scr.hosts.recovery;

import org.jspecify.annotations.NullMarked;
