package dev.scr.k2.rewrite;

import java.util.ArrayList;
import java.util.List;

/** The proposals. */
final class Proposals {
  /** Those that may pay by themselves, in the order in which they are tried. */
  static final List<Proposal> PAYING =
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

  /** All of them. */
  static final List<Proposal> ALL = all();

  private Proposals() {}

  private static List<Proposal> all() {
    List<Proposal> all = new ArrayList<>(PAYING);
    all.addAll(PREPARING);
    return List.copyOf(all);
  }
}
