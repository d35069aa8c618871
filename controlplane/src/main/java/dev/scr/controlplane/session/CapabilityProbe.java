package dev.scr.controlplane.session;

import dev.scr.controlplane.session.SwitchCapabilities.Support;
import dev.scr.p4runtime.BatchErrors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.function.Supplier;
import org.p4.v1.CounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.P4RuntimeGrpc.P4RuntimeBlockingStub;
import org.p4.v1.ReadRequest;
import org.p4.v1.RegisterEntry;
import org.p4.v1.WriteRequest;

/** Finds out what a switch can do, by asking for things that change nothing. */
record CapabilityProbe(Supplier<P4RuntimeBlockingStub> stub, Failures failures, long deviceId) {

  /**
   * Asks.
   *
   * @param primary our election id, if we may write
   */
  SwitchCapabilities probe(String apiVersion, Optional<ElectionId> primary) {
    Entity registers =
        Entity.newBuilder().setRegisterEntry(RegisterEntry.getDefaultInstance()).build();
    Entity counters =
        Entity.newBuilder().setCounterEntry(CounterEntry.getDefaultInstance()).build();
    return new SwitchCapabilities(
        apiVersion,
        ask(() -> read(registers)),
        ask(() -> read(counters)),
        primary.map(id -> ask(() -> writeNothing(id))).orElse(Support.UNKNOWN));
  }

  private void read(Entity wanted) {
    stub.get()
        .read(ReadRequest.newBuilder().setDeviceId(deviceId).addEntities(wanted).build())
        .forEachRemaining(_ -> {});
  }

  private void writeNothing(ElectionId id) {
    var _ =
        stub.get()
            .write(
                WriteRequest.newBuilder()
                    .setDeviceId(deviceId)
                    .setElectionId(id.wire())
                    .setAtomicity(WriteRequest.Atomicity.ROLLBACK_ON_ERROR)
                    .build());
  }

  private Support ask(Runnable call) {
    try {
      call.run();
      return Support.YES;
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case UNIMPLEMENTED -> Support.NO;
        case UNAVAILABLE, DEADLINE_EXCEEDED -> throw failures.of("capabilities", e);
        default -> saysUnimplemented(e) ? Support.NO : Support.UNKNOWN;
      };
    }
  }

  /** A read that fails for one entity says why in its details. */
  private static boolean saysUnimplemented(StatusRuntimeException e) {
    return BatchErrors.decode(e, 1).stream()
        .anyMatch(error -> error.getCanonicalCode() == Status.Code.UNIMPLEMENTED.value());
  }
}
