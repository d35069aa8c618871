package dev.scr.k2.analysis;

import dev.scr.k2.analysis.Term.Op;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All terms of an analysis, each once ("hash consing"), so that equal terms are the same object.
 * Owned by one thread.
 */
final class TermTable {
  /** What makes a term the same; bounds follow from the rest but for a symbol's. */
  private record Key(
      Op op,
      @Nullable Term a,
      @Nullable Term b,
      @Nullable Term c,
      long value,
      int version,
      @Nullable Bounds bounds,
      @Nullable Region region) {}

  private final Map<Key, Term> known = new HashMap<>();

  /** The term that is made so; one with the next number if there is none yet. */
  Term term(
      Op op,
      @Nullable Term a,
      @Nullable Term b,
      @Nullable Term c,
      long value,
      int version,
      Bounds bounds,
      @Nullable Region region) {
    Key key = new Key(op, a, b, c, value, version, op == Op.SYMBOL ? bounds : null, region);
    Term term = known.get(key);
    if (term == null) {
      term = new Term(op, a, b, c, value, version, bounds, region, known.size());
      known.put(key, term);
    }
    return term;
  }
}
