package dev.scr.controlplane.session;

import org.jspecify.annotations.Nullable;

/**
 * The switch did not do what was asked. The message is for people and complete: where, what was
 * expected, what was found, and what to do about it.
 */
public abstract sealed class SwitchFailure extends RuntimeException
    permits SwitchUnreachable, SwitchRefused, NotPrimary {
  SwitchFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
