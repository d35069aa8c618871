/**
 * Program to cheaper program, proved equivalent: the optimizer for BPF objects. The stages, each of
 * which imports only those before it:
 *
 * <ol>
 *   <li>{@code input}: object files and K2's {@code .insns} with {@code .maps}, to programs and
 *       back
 *   <li>{@code code}: a program as lines with targets, which can be edited in length
 *   <li>{@code analysis}: what is known before every instruction, and what is still needed after it
 *   <li>{@code proof}: symbolic execution, equivalence, counterexamples, SMT-LIB
 *   <li>{@code rewrite}: directed rewrites over the whole control flow, and the rule catalogue
 *   <li>{@code search}: windows; enumerative synthesis and the stochastic search of K2
 *   <li>{@code validate}: differential runs, and the kernel's verifier as the last gate
 *   <li>{@code optimize}: the stages in order, with budgets, a cache and a report
 * </ol>
 */
@NullMarked
package dev.scr.k2;

import org.jspecify.annotations.NullMarked;
