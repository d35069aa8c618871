/**
 * bpf(2): maps and programs in the kernel. Programs come as plain instruction bytes and maps as
 * {@link dev.scr.linux.bpf.MapSpec}, so that this package knows nothing of object files; a spec is
 * a value, and only {@code create} and {@code load} ask the kernel.
 */
@NullMarked
package dev.scr.linux.bpf;

import org.jspecify.annotations.NullMarked;
