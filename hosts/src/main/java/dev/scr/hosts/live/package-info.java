/** One worker on a network interface: frames from the kernel, by whichever way, to its replica. */
@NullMarked
package dev.scr.hosts.live;

import org.jspecify.annotations.NullMarked;
