/**
 * Objects of module {@code ebpf} in the kernel: their maps, their programs, and runs of these on
 * single frames. The kernel is one more engine for the same {@link
 * dev.scr.ebpf.object.ProgramSpec}.
 */
@NullMarked
package dev.scr.linux.object;

import org.jspecify.annotations.NullMarked;
