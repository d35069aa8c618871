/**
 * Conformance vectors in the format of the {@code bpf_conformance} project: short programs with
 * memory and an expected result, run on every engine.
 */
@NullMarked
package dev.scr.ebpf.conformance;

import org.jspecify.annotations.NullMarked;
