package dev.scr.controlplane.session;

import dev.scr.p4runtime.BadInput;

/** An address, an election id or a key file that cannot be used. */
public final class BadOption extends BadInput {
  BadOption(String message) {
    super(message);
  }
}
