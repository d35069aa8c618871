/** Traces: packets with their times, from capture files or made to a distribution. */
@NullMarked
package dev.scr.hosts.trace;

import org.jspecify.annotations.NullMarked;
