/**
 * One packet under way: its header vector, its bytes, and what the program asked to be done with
 * it. These classes are reused from packet to packet and belong to the thread that holds the
 * switch's lock.
 */
@NullMarked
package dev.scr.softswitch.packet;

import org.jspecify.annotations.NullMarked;
