package dev.scr.k2.rewrite;

import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.BitSet;

/** Deletes what cannot be reached, and what computes or stores something that nobody needs. */
final class DeadCode implements Rewrite {
  @Override
  public String name() {
    return "dead-code";
  }

  @Override
  public int apply(Scene scene) {
    int deleted = 0;
    for (BitSet dead = dead(scene); !dead.isEmpty(); dead = dead(scene)) {
      deleted += dead.cardinality();
      scene.draft().deleteAll(dead);
      scene.changed();
    }
    return deleted;
  }

  private static BitSet dead(Scene scene) {
    Draft draft = scene.draft();
    BitSet dead = new BitSet(draft.size());
    for (Line line : draft.lines()) {
      if (scene.analysis().before(line) == null || scene.liveness().isDead(line)) {
        dead.set(line.index());
      }
    }
    return dead;
  }
}
