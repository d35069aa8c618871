package dev.scr.controlplane.session;

import dev.scr.p4runtime.UpdateError;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The switch said no. */
public final class SwitchRefused extends SwitchFailure {
  private final Status.Code code;
  private final transient List<UpdateError> failed;

  public SwitchRefused(String message, Status.Code code) {
    this(message, code, List.of(), null);
  }

  SwitchRefused(
      String message, Status.Code code, List<UpdateError> failed, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.failed = List.copyOf(failed);
  }

  /** The call's status; UNKNOWN where single updates failed. */
  public Status.Code code() {
    return code;
  }

  /**
   * The updates that failed, if it was a write and the switch said which. The others of the batch
   * are done.
   */
  public List<UpdateError> failed() {
    return failed;
  }
}
