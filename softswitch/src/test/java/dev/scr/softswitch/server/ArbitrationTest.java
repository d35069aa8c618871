package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.Role;
import org.p4.v1.Uint128;

/** The rules of the specification's chapter on client arbitration, one test each. */
class ArbitrationTest {

  private final Arbitration arbitration = new Arbitration(1, 3);

  /** A client that remembers what it was told, as {@code OK@5}, {@code NOT_FOUND@none}. */
  private static final class Recorder implements Arbitration.Client {
    final List<String> heard = new ArrayList<>();

    @Override
    public void notify(MasterArbitrationUpdate update) {
      String id =
          update.hasElectionId() ? Long.toUnsignedString(update.getElectionId().getLow()) : "none";
      heard.add(Code.forNumber(update.getStatus().getCode()) + "@" + id);
    }

    String last() {
      return heard.isEmpty() ? "" : heard.getLast();
    }
  }

  private static MasterArbitrationUpdate.Builder bid(long id) {
    return MasterArbitrationUpdate.newBuilder()
        .setDeviceId(1)
        .setElectionId(Uint128.newBuilder().setLow(id));
  }

  private Recorder join(long id) {
    Recorder client = new Recorder();
    arbitration.arbitrate(client, bid(id).build());
    return client;
  }

  private boolean primary(long id) {
    return arbitration.isPrimary("", Optional.of(new ElectionId(0, id)));
  }

  private Status.Code refused(Recorder client, MasterArbitrationUpdate.Builder update) {
    return assertThrows(
            StatusRuntimeException.class, () -> arbitration.arbitrate(client, update.build()))
        .getStatus()
        .getCode();
  }

  @Test
  void theFirstClientIsPrimary() {
    Recorder client = join(5);
    assertEquals(List.of("OK@5"), client.heard);
    assertTrue(primary(5));
  }

  @Test
  void aLowerIdIsBackupAndOnlyItIsTold() {
    Recorder first = join(5);
    Recorder second = join(3);
    assertEquals(List.of("ALREADY_EXISTS@5"), second.heard);
    assertEquals(List.of("OK@5"), first.heard);
    assertFalse(primary(3));
  }

  @Test
  void aHigherIdTakesOverAndEverybodyIsTold() {
    Recorder first = join(5);
    Recorder backup = join(3);
    Recorder second = join(9);
    assertEquals("ALREADY_EXISTS@9", first.last());
    assertEquals("ALREADY_EXISTS@9", backup.last());
    assertEquals("OK@9", second.last());
    assertFalse(primary(5));
    assertTrue(primary(9));
  }

  @Test
  void nobodyIsPromotedWhenThePrimaryLeaves() {
    Recorder first = join(9);
    Recorder second = join(5);
    arbitration.leave(first);
    assertEquals("NOT_FOUND@9", second.last());
    assertFalse(primary(5));
    assertFalse(primary(9));
  }

  @Test
  void theHighestIdEverSeenCounts() {
    Recorder first = join(9);
    arbitration.leave(first);
    Recorder second = join(8);
    assertEquals("NOT_FOUND@9", second.last());
    Recorder third = join(9);
    assertEquals("OK@9", third.last());
    assertEquals("ALREADY_EXISTS@9", second.last());
  }

  @Test
  void aPrimaryThatLowersItsIdIsBackupAndEverybodyIsTold() {
    Recorder first = join(9);
    Recorder second = join(5);
    arbitration.arbitrate(first, bid(7).build());
    assertEquals("NOT_FOUND@9", first.last());
    assertEquals("NOT_FOUND@9", second.last());
    assertFalse(primary(7));
  }

  @Test
  void aPrimaryThatRepeatsItsIdStaysAndEverybodyIsTold() {
    Recorder first = join(9);
    Recorder second = join(5);
    arbitration.arbitrate(first, bid(9).build());
    assertEquals(List.of("OK@9", "OK@9"), first.heard);
    assertEquals(List.of("ALREADY_EXISTS@9", "ALREADY_EXISTS@9"), second.heard);
  }

  @Test
  void aClientWithoutIdIsNeverPrimaryAndZeroIsAnId() {
    Recorder none = new Recorder();
    arbitration.arbitrate(none, MasterArbitrationUpdate.newBuilder().setDeviceId(1).build());
    assertEquals("NOT_FOUND@none", none.last());
    Recorder zero = join(0);
    assertEquals("OK@0", zero.last());
    assertEquals("ALREADY_EXISTS@0", none.last());
    assertFalse(arbitration.isPrimary("", Optional.empty()));
  }

  @Test
  void idsAreUnsignedNumbersOf128Bits() {
    join(-1);
    Recorder wide = new Recorder();
    arbitration.arbitrate(
        wide,
        MasterArbitrationUpdate.newBuilder()
            .setDeviceId(1)
            .setElectionId(Uint128.newBuilder().setHigh(1))
            .build());
    assertEquals("OK@0", wide.last());
    Recorder small = join(5);
    assertEquals("ALREADY_EXISTS@0", small.last());
  }

  @Test
  void rolesHaveTheirOwnPrimaries() {
    Recorder first = join(9);
    Recorder other = new Recorder();
    arbitration.arbitrate(other, bid(1).setRole(Role.newBuilder().setName("stats")).build());
    assertEquals("OK@1", other.last());
    assertEquals(List.of("OK@9"), first.heard);
    assertTrue(arbitration.isPrimary("stats", Optional.of(new ElectionId(0, 1))));
    assertFalse(arbitration.isPrimary("stats", Optional.of(new ElectionId(0, 9))));
    assertFalse(arbitration.isPrimary("unheard", Optional.of(new ElectionId(0, 9))));
  }

  @Test
  void streamsEndForWhatTheSpecificationForbids() {
    Recorder first = join(9);
    assertEquals(Status.Code.INVALID_ARGUMENT, refused(new Recorder(), bid(9)));
    assertEquals(Status.Code.NOT_FOUND, refused(new Recorder(), bid(1).setDeviceId(2)));
    assertEquals(Status.Code.FAILED_PRECONDITION, refused(first, bid(9).setDeviceId(2)));
    assertEquals(
        Status.Code.FAILED_PRECONDITION,
        refused(first, bid(9).setRole(Role.newBuilder().setName("other"))));
    assertEquals(
        Status.Code.INVALID_ARGUMENT,
        refused(
            new Recorder(),
            bid(10)
                .setRole(
                    Role.newBuilder()
                        .setConfig(Any.newBuilder().setTypeUrl("some.type").build()))));
    join(1);
    join(2);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused(new Recorder(), bid(20)));
  }

  @Test
  void aBackupMayLeaveUnnoticed() {
    Recorder first = join(9);
    Recorder second = join(5);
    arbitration.leave(second);
    arbitration.leave(second);
    assertEquals(List.of("OK@9"), first.heard);
    assertTrue(primary(9));
  }
}
