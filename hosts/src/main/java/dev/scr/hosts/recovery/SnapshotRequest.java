package dev.scr.hosts.recovery;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A worker without a state asks another for a copy of its own. Asked once, answered once. */
public final class SnapshotRequest {
  private final int donor;
  private volatile boolean answered;
  private volatile @Nullable Snapshot snapshot;

  SnapshotRequest(int donor) {
    this.donor = donor;
  }

  /** Who was asked. */
  public int donor() {
    return donor;
  }

  /** Answers; empty if the donor has no state itself. By the donor's thread. */
  public void answer(Optional<Snapshot> given) {
    snapshot = given.orElse(null);
    answered = true;
  }

  /** Whether there is an answer. */
  public boolean isAnswered() {
    return answered;
  }

  /** The copy, if it was answered with one. */
  public Optional<Snapshot> snapshot() {
    return Optional.ofNullable(snapshot);
  }
}
