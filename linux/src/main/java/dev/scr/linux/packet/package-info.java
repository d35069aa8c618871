/** AF_PACKET: whole Ethernet frames, in and out of an ordinary interface. */
@NullMarked
package dev.scr.linux.packet;

import org.jspecify.annotations.NullMarked;
