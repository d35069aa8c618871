package dev.scr.k2.rewrite;

import java.util.List;
import java.util.Set;

/**
 * What a rewriter may do.
 *
 * @param tidying what always makes a program cheaper, or equal and simpler
 * @param paying what may pay by itself, in the order in which it is tried
 * @param walked what a walk takes
 */
record Catalogue(List<Rewrite> tidying, List<Proposal> paying, List<Proposal> walked) {
  private static final List<Rewrite> TIDYING =
      List.of(new Simplify(), new DeadCode(), new Jumps(), new Recompute());

  /** Everything that there is. */
  static final Catalogue ALL = new Catalogue(TIDYING, Proposals.PAYING, Proposals.WALKED);

  /** The same, without what has one of these names. */
  Catalogue without(Set<String> names) {
    return new Catalogue(
        tidying.stream().filter(rewrite -> !names.contains(rewrite.name())).toList(),
        others(paying, names),
        others(walked, names));
  }

  private static List<Proposal> others(List<Proposal> all, Set<String> names) {
    return all.stream().filter(proposal -> !names.contains(proposal.name())).toList();
  }
}
