/**
 * The eBPF machine as data. Packages are stages, and each uses only those before it: {@code isa}
 * (instructions, bytes, text, control flow) → {@code meaning} (what each operation means, once for
 * all executions) → {@code object} (what a file says, and writing it back) → {@code map} (maps
 * outside the heap) → {@code machine} (interpreter and JVM compiler) → {@code conformance} (vectors
 * and random programs that all engines must agree on).
 */
@NullMarked
package dev.scr.ebpf;

import org.jspecify.annotations.NullMarked;
