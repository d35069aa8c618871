package dev.scr.controlplane.session;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.p4.v1.CapabilitiesRequest;
import org.p4.v1.P4RuntimeGrpc;

/**
 * From options to a session: connect, see whether P4Runtime answers, bid.
 *
 * @param options where and as whom
 * @param channel the transport, not connected yet
 * @param failures messages
 */
record SessionOpening(SessionOptions options, ManagedChannel channel, Failures failures) {
  /** How many ids above the first one a takeover tries that live clients have already. */
  private static final int MAX_STREAMS = 4;

  /** Opens a session, with a bid for primacy or without; leaves nothing open if it throws. */
  static P4RuntimeSession open(SessionOptions options, boolean bid) {
    return open(
        options,
        (opening, version) ->
            bid ? opening.bid(version) : opening.readOnly(version, "it has made no bid"));
  }

  /** Opens a session that hears who is primary and does not bid. */
  static P4RuntimeSession watch(SessionOptions options) {
    return open(options, SessionOpening::watch);
  }

  private static P4RuntimeSession open(
      SessionOptions options, BiFunction<SessionOpening, String, P4RuntimeSession> how) {
    ManagedChannel channel = Connection.open(options.target(), options.security());
    boolean done = false;
    try {
      SessionOpening opening =
          new SessionOpening(options, channel, new Failures(options.target(), options.deadline()));
      String version = opening.probeVersion();
      P4RuntimeSession session = how.apply(opening, version);
      done = true;
      return session;
    } finally {
      if (!done) {
        channel.shutdownNow();
      }
    }
  }

  private P4RuntimeSession readOnly(String version, String reason) {
    return new P4RuntimeSession(options, channel, version, null, new Primacy.Bystander(reason));
  }

  private String probeVersion() {
    try {
      return P4RuntimeGrpc.newBlockingStub(channel)
          .withDeadlineAfter(options.deadline().toNanos(), TimeUnit.NANOSECONDS)
          .capabilities(CapabilitiesRequest.newBuilder().setDeviceId(options.deviceId()).build())
          .getP4RuntimeApiVersion();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return "1.0.0"; // the call came with 1.1
      }
      throw failures.of("capabilities", e);
    }
  }

  /**
   * A live client with the same id makes the switch end our stream; who may take over then tries a
   * higher one.
   */
  private P4RuntimeSession bid(String version) {
    ElectionId id = options.electionId();
    for (int stream = 1; ; stream++) {
      Arbitration arbitration = Arbitration.start(P4RuntimeGrpc.newStub(channel), options, id);
      awaitSettled(arbitration);
      Optional<Status> ended = arbitration.ended();
      if (ended.isEmpty()) {
        return new P4RuntimeSession(options, channel, version, arbitration, arbitration.primacy());
      }
      if (ended.get().getCode() != Status.Code.INVALID_ARGUMENT) {
        throw failures.of("arbitration", ended.get().asRuntimeException());
      }
      if (!options.takeover() || stream == MAX_STREAMS) {
        return readOnly(
            version,
            "the switch refused election id " + id + " (" + ended.get().getDescription() + ")");
      }
      id = id.next();
    }
  }

  private P4RuntimeSession watch(String version) {
    Arbitration arbitration = Arbitration.watch(P4RuntimeGrpc.newStub(channel), options);
    awaitSettled(arbitration);
    return new P4RuntimeSession(options, channel, version, arbitration, arbitration.primacy());
  }

  private void awaitSettled(Arbitration arbitration) {
    try {
      if (arbitration.awaitSettled(options.deadline())) {
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    arbitration.close();
    throw failures.of("arbitration", Status.DEADLINE_EXCEEDED.asRuntimeException());
  }
}
