package dev.scr.controlplane.session;

import java.time.Duration;

/**
 * Where a session goes to, and as whom.
 *
 * @param target the switch
 * @param security how the connection is protected
 * @param deviceId the device behind that address, 1 or more (BMv2 takes anything until a pipeline
 *     is pushed)
 * @param electionId the first bid for primacy
 * @param takeover whether to outbid a client that is primary; otherwise the session is read-only
 *     then
 * @param failOver whether a session that is not primary becomes it when the primary leaves, and
 *     holds the place with an id above all that it has heard of ({@link Primacy#standingBid})
 * @param deadline longest time that one call may take; pushing a pipeline may take four times as
 *     long
 */
public record SessionOptions(
    SwitchAddress target,
    Security security,
    long deviceId,
    ElectionId electionId,
    boolean takeover,
    boolean failOver,
    Duration deadline) {

  /** Device 1, no TLS, never taking primacy from anybody, 15 s for each call. */
  public static SessionOptions of(SwitchAddress target) {
    return new SessionOptions(
        target,
        new Security.LocalOnly(),
        1,
        ElectionId.FIRST,
        false,
        false,
        Duration.ofSeconds(15));
  }

  public SessionOptions withSecurity(Security other) {
    return new SessionOptions(target, other, deviceId, electionId, takeover, failOver, deadline);
  }

  public SessionOptions withDeviceId(long other) {
    return new SessionOptions(target, security, other, electionId, takeover, failOver, deadline);
  }

  public SessionOptions withElectionId(ElectionId other) {
    return new SessionOptions(target, security, deviceId, other, takeover, failOver, deadline);
  }

  public SessionOptions withTakeover(boolean other) {
    return new SessionOptions(target, security, deviceId, electionId, other, failOver, deadline);
  }

  public SessionOptions withFailOver(boolean other) {
    return new SessionOptions(target, security, deviceId, electionId, takeover, other, deadline);
  }

  public SessionOptions withDeadline(Duration other) {
    return new SessionOptions(target, security, deviceId, electionId, takeover, failOver, other);
  }
}
