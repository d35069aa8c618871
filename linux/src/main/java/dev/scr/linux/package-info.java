/**
 * The Linux kernel from Java, through {@code java.lang.foreign} and nothing else. The stages, each
 * of which imports only those before it:
 *
 * <ol>
 *   <li>{@code call}: system calls, errno and its text
 *   <li>{@code machine}: processors, the thread's processor-time clock, privileges
 *   <li>{@code net}: network namespaces and interfaces
 *   <li>{@code packet}: AF_PACKET, whole frames on an ordinary interface
 *   <li>{@code bpf}: bpf(2), programs and maps in the kernel
 *   <li>{@code xdp}: AF_XDP, frames that an XDP program hands to this process
 *   <li>{@code object}: whole objects of module {@code ebpf} in the kernel, as one more engine
 * </ol>
 */
@NullMarked
package dev.scr.linux;

import org.jspecify.annotations.NullMarked;
