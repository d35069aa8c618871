/** Ports of a switch on something real: network interfaces by AF_PACKET, or queues in memory. */
@NullMarked
package dev.scr.softswitch.ports;

import org.jspecify.annotations.NullMarked;
