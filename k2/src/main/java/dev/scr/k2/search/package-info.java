/**
 * Windows and what finds cheaper ones: enumerative synthesis, byte shuffles, rules mined offline,
 * and K2's stochastic search. Candidates are run on concrete inputs first; none is accepted without
 * a proof.
 */
@NullMarked
package dev.scr.k2.search;

import org.jspecify.annotations.NullMarked;
