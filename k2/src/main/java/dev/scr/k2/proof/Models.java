package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Inputs from values for some unknowns; the others get values that fit. */
final class Models {
  private static final long FIRST_BLOCK = 0xffff_8880_0000_0000L;
  private static final long BLOCK_DISTANCE = 1L << 24;
  private static final long BLOCKS = 1L << 20;

  private Models() {}

  /**
   * The input with these unknowns. An application of an unknown function that is not among them has
   * the value of one with equal arguments, else zero, or an address of its own.
   */
  static Evaluation complete(Map<Term, Long> unknowns) {
    Map<List<Object>, Long> functions = new HashMap<>();
    Evaluation[] self = new Evaluation[1];
    self[0] =
        new Evaluation(term -> {
          Long value = unknowns.get(term);
          if (value != null) {
            return value;
          }
          List<Object> key = key(self[0], term);
          Long known = functions.get(key);
          return known != null ? known : fallback(term, key);
        });
    for (Map.Entry<Term, Long> entry : unknowns.entrySet()) {
      if (entry.getKey().op == Term.Op.APPLY) {
        functions.put(key(self[0], entry.getKey()), entry.getValue());
      }
    }
    return self[0];
  }

  private static List<Object> key(Evaluation evaluation, Term term) {
    List<Object> key = new ArrayList<>();
    key.add(term.name);
    for (Term arg : term.args) {
      key.add(evaluation.value(arg));
    }
    return key;
  }

  private static long fallback(Term term, List<Object> key) {
    return Addresses.isBase(term) ? address(RandomInputs.mix(key.hashCode())) : 0;
  }

  /** An address of a block, by a random number: blocks lie far from each other. */
  static long address(long random) {
    return FIRST_BLOCK + (random & (BLOCKS - 1)) * BLOCK_DISTANCE + (random >>> 40 & 0xfff8);
  }
}
