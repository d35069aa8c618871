package dev.scr.controlplane.session;

import dev.scr.p4runtime.BatchErrors;
import dev.scr.p4runtime.EntityText;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.UpdateError;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.p4.v1.Update;

/**
 * From gRPC's status to who is at fault and what to do.
 *
 * @param target the switch
 * @param deadline how long a call was waited for
 */
record Failures(SwitchAddress target, Duration deadline) {
  private static final int SHOWN = 5;

  /** A call that failed as a whole. */
  SwitchFailure of(String call, StatusRuntimeException e) {
    Status status = e.getStatus();
    return switch (status.getCode()) {
      case UNAVAILABLE -> new SwitchUnreachable(unreachable(e), e);
      case DEADLINE_EXCEEDED ->
          new SwitchUnreachable(
              target
                  + ": "
                  + call
                  + ": expected an answer within "
                  + text(deadline)
                  + "; found none",
              e);
      case PERMISSION_DENIED ->
          new NotPrimary(
              target
                  + ": "
                  + call
                  + ": expected to be the primary client; found that another one is"
                  + said(status),
              e);
      case OK,
          CANCELLED,
          UNKNOWN,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS,
          UNAUTHENTICATED ->
          refused(call, e, List.of());
    };
  }

  /** A batch of updates of which some, or all, were not carried out. */
  SwitchFailure ofWrite(P4InfoIndex names, List<Update> updates, StatusRuntimeException e) {
    List<UpdateError> failed = BatchErrors.failed(e, updates);
    if (failed.isEmpty()) {
      return of("write", e);
    }
    String found =
        failed.stream()
                .limit(SHOWN)
                .map(error -> text(names, error))
                .collect(Collectors.joining("; "))
            + (failed.size() > SHOWN ? "; and " + (failed.size() - SHOWN) + " more" : "");
    return new SwitchRefused(
        target
            + ": write: expected "
            + updates.size()
            + " updates to be done; found "
            + failed.size()
            + " refused: "
            + found,
        e.getStatus().getCode(),
        failed,
        e);
  }

  private SwitchRefused refused(String call, StatusRuntimeException e, List<UpdateError> failed) {
    Status status = e.getStatus();
    return new SwitchRefused(
        target
            + ": "
            + call
            + ": expected OK; found "
            + status.getCode()
            + said(status)
            + remedy(status),
        status.getCode(),
        failed,
        e);
  }

  private static String text(P4InfoIndex names, UpdateError error) {
    String message = error.error().getMessage();
    return EntityText.of(names, error.update())
        + ": "
        + error.code()
        + (message.isEmpty() ? "" : " (" + message + ")");
  }

  /** BMv2 keeps a half-done pipeline change for ever, and says only this about it. */
  private static String remedy(Status status) {
    String text = String.valueOf(status.getDescription());
    boolean wedged =
        text.contains("first phase of device update")
            || text.contains("Unexpected error in RPC handling");
    return wedged
        ? "; a switch that has once failed to load a pipeline refuses all others: restart it"
        : "";
  }

  private String unreachable(StatusRuntimeException e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String found =
        e.getCause() == null
            ? String.valueOf(e.getStatus().getDescription())
            : String.valueOf(root.getMessage());
    return target
        + ": expected a switch that serves P4Runtime; found: "
        + found
        + "; start one there, or name another address; a switch that wants TLS, or that does not, looks the same";
  }

  private static String said(Status status) {
    return status.getDescription() == null ? "" : " (" + status.getDescription() + ")";
  }

  private static String text(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
