package dev.scr.k2.rewrite;

import java.util.ArrayList;
import java.util.List;

/** The proposals. */
final class Proposals {
  /** Steps that may pay by themselves. */
  private static final List<Proposal> STEPS =
      List.of(
          new MemoryMoves(),
          new StoreMerging(),
          new AtomicAdd(),
          new Narrowing(),
          new NeverNull(),
          new NullChecks(),
          new ReturnFolding(),
          new Coalescing(),
          new Holders(),
          new Tails(),
          new Hoisting(),
          new Diamonds(),
          new Threading(),
          new Comparing(),
          new BlockMoves());

  /** Those that only prepare others. */
  private static final List<Proposal> PREPARING =
      List.of(new Renaming(), new Shifting(), new Swapping(), new Sinking(), new ExitSplitting());

  /** Those that make a whole piece anew, which is too much for a step of a walk. */
  private static final List<Proposal> REMAKING = List.of(new Choices(), new EarlyStores());

  /** Those that may pay by themselves, in the order in which they are tried. */
  static final List<Proposal> PAYING = both(STEPS, REMAKING);

  /** Those that a walk takes. */
  static final List<Proposal> WALKED = both(STEPS, PREPARING);

  private Proposals() {}

  private static List<Proposal> both(List<Proposal> some, List<Proposal> others) {
    List<Proposal> both = new ArrayList<>(some);
    both.addAll(others);
    return List.copyOf(both);
  }
}
