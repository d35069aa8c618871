package dev.scr.controlplane.session;

import org.jspecify.annotations.Nullable;

/** The session may read and not write, because it is not the primary client of the switch. */
public final class NotPrimary extends SwitchFailure {
  NotPrimary(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
