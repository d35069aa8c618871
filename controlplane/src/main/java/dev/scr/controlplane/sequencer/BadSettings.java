package dev.scr.controlplane.sequencer;

import dev.scr.p4runtime.BadInput;
import dev.scr.pipeline.SequencerSettings;
import java.util.function.Supplier;

/** Settings that no sequencer of this pipeline can have, or should have. */
public final class BadSettings extends BadInput {
  BadSettings(String message) {
    super(message);
  }

  /** The record knows what its fields may hold; out of it is the mistake of whoever sets them. */
  static SequencerSettings unless(Supplier<SequencerSettings> settings) {
    try {
      return settings.get();
    } catch (IllegalArgumentException e) {
      throw new BadSettings(String.valueOf(e.getMessage()));
    }
  }
}
