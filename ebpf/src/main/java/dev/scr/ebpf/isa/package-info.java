/**
 * The instruction set of RFC 9669 with ISA v4 as data: one enum row per operation, sealed records
 * for instructions, the codec between bytes and records, and the text forms.
 */
@NullMarked
package dev.scr.ebpf.isa;

import org.jspecify.annotations.NullMarked;
