package dev.scr.controlplane.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.rpc.Code;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p4.v1.MasterArbitrationUpdate;

/** The table of the specification: what an answer means, and what to bid next. We have bid 5. */
class PrimacyTest {
  private static final ElectionId MINE = ElectionId.parse("5");

  @ParameterizedTest
  @CsvSource({
    // status, id in the message, takeover, what we are, what to bid next
    "OK,             5,    false, primary with election id 5,",
    "OK,             5,    true,  primary with election id 5,",
    "OK,             9,    false, primary with election id 5,",
    "ALREADY_EXISTS, 7,    false, read-only: another client is primary with election id 7,",
    "ALREADY_EXISTS, 7,    true,  read-only: another client is primary with election id 7, 8",
    "ALREADY_EXISTS, 1:0,  true,  read-only: another client is primary with election id 1:0, 1:1",
    "ALREADY_EXISTS, 2,    true,  read-only: another client is primary with election id 2, 6",
    "ALREADY_EXISTS, ,     true,  read-only: another client is primary, 6",
    "NOT_FOUND,      7,    false, 'read-only: no client is primary, the last one had election id 7', 7",
    "NOT_FOUND,      7,    true,  'read-only: no client is primary, the last one had election id 7', 7",
    "NOT_FOUND,      ,     false, read-only: no client is primary, 6",
    "NOT_FOUND,      2,    false, 'read-only: no client is primary, the last one had election id 2', 6",
    "INTERNAL,       7,    false, read-only: another client is primary with election id 7,"
  })
  void followsTheTable(
      Code status, @Nullable String id, boolean takeover, String expected, @Nullable String next) {
    MasterArbitrationUpdate.Builder message = MasterArbitrationUpdate.newBuilder();
    message.setStatus(com.google.rpc.Status.newBuilder().setCode(status.getNumber()));
    if (id != null) {
      message.setElectionId(ElectionId.parse(id).wire());
    }
    Primacy primacy = Primacy.of(MINE, message.build());
    assertEquals(expected, primacy.toString());
    assertEquals(Optional.ofNullable(next).map(ElectionId::parse), primacy.nextBid(MINE, takeover));
  }

  @Test
  void waitingBidsNothing() {
    assertEquals(Optional.empty(), new Primacy.Pending().nextBid(MINE, true));
    assertEquals(Optional.empty(), new Primacy.Bystander("left").nextBid(MINE, true));
  }

  @ParameterizedTest
  @CsvSource({
    // status, id in the message, mine, highest heard of, what to bid next
    "OK,             5,          5,          5,          2147483649", // come with a low one: hold
    // it with a high one
    "OK,             2147483649, 2147483649, 2147483649,", // it is held
    "OK,             2147483649, 2147483649, 2147483652, 2147483653", // promoted below the one that
    // left (BMv2)
    "OK,             5:0,        5:0,        5:0,",
    "ALREADY_EXISTS, 7,          5,          7,", // nobody steals
    "NOT_FOUND,      7,          5,          7,          2147483649", // vacant: more than anybody
    // had
    "NOT_FOUND,      2147483649, 5,          2147483649, 2147483650",
    "NOT_FOUND,      3:9,        5,          3:9,        3:10",
    "NOT_FOUND,      ,           5,          5,          2147483649",
  })
  void whoStaysHoldsThePlace(
      Code status, @Nullable String id, String mine, String highest, @Nullable String next) {
    MasterArbitrationUpdate.Builder message = MasterArbitrationUpdate.newBuilder();
    message.setStatus(com.google.rpc.Status.newBuilder().setCode(status.getNumber()));
    if (id != null) {
      message.setElectionId(ElectionId.parse(id).wire());
    }
    ElectionId bid = ElectionId.parse(mine);
    assertEquals(
        Optional.ofNullable(next).map(ElectionId::parse),
        Primacy.of(bid, message.build()).standingBid(bid, ElectionId.parse(highest), 0));
  }

  @Test
  void controllersThatFollowAtOnceBidDifferently() {
    Primacy vacant = new Primacy.Vacant(Optional.of(ElectionId.parse("9")));
    ElectionId one = ElectionId.parse("11");
    ElectionId two = ElectionId.parse("12");
    assertEquals(
        Optional.of(ElectionId.parse("2147483654")),
        vacant.standingBid(one, ElectionId.parse("9"), 5));
    assertNotEquals(one.scattered(), two.scattered());
    assertEquals(ElectionId.parse("1:1"), ElectionId.parse("18446744073709551615").plus(2));
  }
}
