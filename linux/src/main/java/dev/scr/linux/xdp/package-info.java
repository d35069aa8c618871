/**
 * AF_XDP: frames that an XDP program hands to this process before the network stack sees them, and
 * frames from this process to an interface; and a generator that makes the kernel send at full
 * speed.
 */
@NullMarked
package dev.scr.linux.xdp;

import org.jspecify.annotations.NullMarked;
