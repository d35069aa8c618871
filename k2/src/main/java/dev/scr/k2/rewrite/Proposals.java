package dev.scr.k2.rewrite;

import java.util.List;

/** The proposals in the order in which they are tried. */
final class Proposals {
  static final List<Proposal> ALL =
      List.of(new StoreMerging(), new AtomicAdd(), new NeverNull(), new ReturnFolding());

  private Proposals() {}
}
