/**
 * System calls. A method here returns what the kernel returns: zero or more, or the negated errno.
 * Hot paths look at that number; everything else goes through {@link
 * dev.scr.linux.call.SystemCallException#check}.
 */
@NullMarked
package dev.scr.linux.call;

import org.jspecify.annotations.NullMarked;
