/**
 * Proof that two programs, or two straight-line windows, mean the same: terms over bit-vectors with
 * a normal form, symbolic execution, obligations, counterexamples, SMT-LIB.
 *
 * <p>The meaning of an instruction is {@link dev.scr.ebpf.meaning.Meaning} in the algebra of terms;
 * there is no second definition. Most obligations are closed by the normal form, some are refuted
 * by random inputs, Z3 gets the rest.
 */
@NullMarked
package dev.scr.k2.proof;

import org.jspecify.annotations.NullMarked;
