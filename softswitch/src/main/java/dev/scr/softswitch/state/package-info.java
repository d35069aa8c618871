/**
 * What a loaded pipeline remembers between packets: tables, action profiles, registers, counters,
 * meters, value sets, multicast groups, clone sessions, digests. Nothing here locks: packets and
 * control plane take turns under the switch's lock.
 */
@NullMarked
package dev.scr.softswitch.state;

import org.jspecify.annotations.NullMarked;
