/** Packet with history to verdict, on N workers. */
@NullMarked
package dev.scr.hosts;

import org.jspecify.annotations.NullMarked;
