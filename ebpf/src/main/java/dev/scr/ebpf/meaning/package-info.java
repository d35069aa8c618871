/**
 * What every operation means, written once over an algebra of bit vectors: with {@code Long} it is
 * the reference, with bytecode it is the interpreter's arithmetic and the JVM compiler, with solver
 * terms it is the optimizer's semantics.
 */
@NullMarked
package dev.scr.ebpf.meaning;

import org.jspecify.annotations.NullMarked;
