package dev.scr.controlplane.sequencer;

import dev.scr.p4runtime.BadInput;

/** Settings that no sequencer of this pipeline can have, or should have. */
public final class BadSettings extends BadInput {
  BadSettings(String message) {
    super(message);
  }
}
