package dev.scr.k2.rewrite;

import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.code.Draft;
import org.jspecify.annotations.Nullable;

/**
 * A draft with what is known about it. The analyses are made when they are first asked for, and
 * again after {@link #changed()}. Owned by one thread.
 */
final class Scene {
  private final Draft draft;
  private final RewriteOptions options;
  private @Nullable Analysis analysis;
  private @Nullable Liveness liveness;

  Scene(Draft draft, RewriteOptions options) {
    this.draft = draft;
    this.options = options;
  }

  Draft draft() {
    return draft;
  }

  RewriteOptions options() {
    return options;
  }

  Analysis analysis() {
    if (analysis == null) {
      draft.renumber();
      analysis = Analysis.of(draft);
    }
    return analysis;
  }

  Liveness liveness() {
    if (liveness == null) {
      liveness = Liveness.of(draft, analysis());
    }
    return liveness;
  }

  /** Forgets the analyses. */
  void changed() {
    draft.renumber();
    analysis = null;
    liveness = null;
  }

  /**
   * A scene of a copy of the draft. The analyses, which know lines by their places, serve for both
   * until one of them changes.
   */
  Scene copy() {
    Scene copy = new Scene(draft.copy(), options);
    copy.analysis = analysis;
    copy.liveness = liveness;
    return copy;
  }
}
