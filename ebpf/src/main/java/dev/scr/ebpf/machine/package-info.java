/**
 * Programs that run: an instance is a private copy of an object's maps and programs, executed by
 * one of several engines behind one seam. An instance belongs to one thread at a time.
 */
@NullMarked
package dev.scr.ebpf.machine;

import org.jspecify.annotations.NullMarked;
