package dev.scr.controlplane.session;

import org.jspecify.annotations.Nullable;

/** Nothing there speaks P4Runtime with us, or not in time. */
public final class SwitchUnreachable extends SwitchFailure {
  public SwitchUnreachable(String message) {
    this(message, null);
  }

  SwitchUnreachable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
