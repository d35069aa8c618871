/** The packet programs as BPF objects, and what they say of themselves. */
@NullMarked
package dev.scr.hosts.program;

import org.jspecify.annotations.NullMarked;
