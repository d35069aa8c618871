package dev.scr.controlplane.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.controlplane.FakeSwitch;
import dev.scr.controlplane.FakeSwitch.Quirk;
import dev.scr.controlplane.TestSwitch;
import dev.scr.controlplane.session.SwitchCapabilities.Support;
import dev.scr.p4runtime.ActionCall;
import dev.scr.p4runtime.EntryBuilder;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.p4runtime.UpdateError;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.p4.v1.Entity;
import org.p4.v1.SetForwardingPipelineConfigRequest.Action;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

@Timeout(60)
class P4RuntimeSessionTest {
  private static final SequencerPipeline PIPELINE = SequencerPipeline.of(PacketProgram.PORTKNOCK);
  private static final P4InfoIndex INFO = P4InfoIndex.parse(PIPELINE.p4infoText(), "portknock");
  private static final ByteString CONFIG = ByteString.copyFrom(PIPELINE.deviceConfig());

  @ParameterizedTest
  @EnumSource
  void theFirstClientIsPrimary(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      assertEquals(new Primacy.Primary(ElectionId.FIRST), session.primacy());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSecondClientIsReadOnlyAndSaysWhy(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession first =
            P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
        P4RuntimeSession second = P4RuntimeSession.connect(options(target))) {
      assertEquals(new Primacy.Backup(Optional.of(ElectionId.parse("7"))), second.primacy());
      NotPrimary e =
          assertThrows(
              NotPrimary.class, () -> second.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG));
      assertEquals(
          target.address()
              + ": set pipeline: expected to be the primary client; found read-only: another client is primary with"
              + " election id 7; --takeover takes its place",
          e.getMessage());
      assertTrue(first.primacy().mayWrite());
    }
  }

  @ParameterizedTest
  @EnumSource
  void takeoverOutbidsAndTheOtherNotices(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession first =
            P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
        P4RuntimeSession second = P4RuntimeSession.connect(options(target).withTakeover(true))) {
      assertEquals(new Primacy.Primary(ElectionId.parse("8")), second.primacy());
      second.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      await(() -> !first.primacy().mayWrite());
      assertThrows(
          NotPrimary.class, () -> first.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIdInUseIsReadOnlyUnlessTakenOver(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession first = P4RuntimeSession.connect(options(target));
        P4RuntimeSession same = P4RuntimeSession.connect(options(target));
        P4RuntimeSession over = P4RuntimeSession.connect(options(target).withTakeover(true))) {
      assertInstanceOf(Primacy.Bystander.class, same.primacy());
      assertTrue(
          same.primacy().toString().startsWith("read-only: the switch refused election id 1 ("));
      assertEquals(new Primacy.Primary(ElectionId.parse("2")), over.primacy());
      await(() -> !first.primacy().mayWrite());
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneAfterTheOtherIsPrimaryWithTheSameId(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start()) {
      for (int i = 0; i < 3; i++) {
        try (P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
          assertTrue(session.primacy().mayWrite(), () -> session.primacy().toString());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aVacantPlaceIsTakenWithoutTakeover(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start()) {
      P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("9:9"))).close();
      try (P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
        assertTrue(session.primacy().mayWrite(), () -> session.primacy().toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStandbyFollowsThePrimaryThatLeaves(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start()) {
      P4RuntimeSession first =
          P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
      try (P4RuntimeSession standby =
          P4RuntimeSession.connect(options(target).withFailOver(true))) {
        assertFalse(standby.primacy().mayWrite());
        first.close();
        assertTrue(standby.awaitPrimary(Duration.ofSeconds(10)));
        standby.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aWatcherHearsAndIsNeverPrimary(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession watcher = P4RuntimeSession.connectWatching(options(target))) {
      assertInstanceOf(Primacy.Vacant.class, watcher.primacy());
      P4RuntimeSession first =
          P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
      assertTrue(first.primacy().mayWrite(), "nobody is in the way");
      await(() -> watcher.primacy().equals(new Primacy.Backup(Optional.of(ElectionId.parse("7")))));
      assertThrows(
          NotPrimary.class, () -> watcher.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG));
      first.close();
      await(() -> watcher.primacy() instanceof Primacy.Vacant);
    }
  }

  @Test
  void withoutFailOverABackupStaysBackup() throws Exception {
    try (FakeSwitch target = FakeSwitch.start()) {
      P4RuntimeSession first =
          P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
      try (P4RuntimeSession second = P4RuntimeSession.connect(options(target))) {
        first.close();
        await(() -> second.primacy() instanceof Primacy.Vacant);
        assertFalse(second.awaitPrimary(Duration.ofMillis(100)));
      }
    }
  }

  @Test
  void aPromotedBackupWritesWithItsOwnId() throws Exception {
    try (FakeSwitch target = FakeSwitch.start(Quirk.PROMOTES_BACKUPS)) {
      P4RuntimeSession first =
          P4RuntimeSession.connect(options(target).withElectionId(ElectionId.parse("7")));
      try (P4RuntimeSession second = P4RuntimeSession.connect(options(target))) {
        first.close();
        assertTrue(second.awaitPrimary(Duration.ofSeconds(10)));
        assertEquals(new Primacy.Primary(ElectionId.FIRST), second.primacy());
        second.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      }
    }
  }

  @Test
  void theEndOfTheStreamEndsPrimacy() throws Exception {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      target.endStreams();
      await(() -> !session.primacy().mayWrite());
      assertEquals(
          "read-only: the connection has ended: UNAVAILABLE", session.primacy().toString());
      assertFalse(session.awaitPrimary(Duration.ofSeconds(10)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPipelineComesBackWithItsCookie(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      assertEquals(Optional.empty(), session.cookie());
      session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      assertEquals(Optional.of(PipelineCookie.of(INFO.info(), CONFIG)), session.cookie());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFailedUpdateIsNamed(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      session.write(INFO, List.of(update(Update.Type.INSERT, 1)));

      SwitchRefused e =
          assertThrows(
              SwitchRefused.class,
              () ->
                  session.write(
                      INFO,
                      List.of(
                          update(Update.Type.INSERT, 0),
                          update(Update.Type.INSERT, 1),
                          update(Update.Type.MODIFY, 2))));

      assertEquals(Status.Code.UNKNOWN, e.code());
      assertEquals(List.of(1, 2), e.failed().stream().map(UpdateError::index).toList());
      assertEquals(
          List.of(Code.ALREADY_EXISTS, Code.NOT_FOUND),
          e.failed().stream().map(UpdateError::code).toList());
      String message = String.valueOf(e.getMessage());
      assertTrue(
          message.startsWith(
              target.address() + ": write: expected 3 updates to be done; found 2 refused: "),
          message);
      assertTrue(message.contains("insert spray worker=0x1 to_worker(port=0x3, "), message);
      assertEquals(
          2,
          session.read(List.of(allOfSpray())).size(),
          "the update before the failed ones is done");
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyErrorsInOneBatchArriveWhole(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      List<Update> updates = new ArrayList<>();
      for (int worker = 0; worker < 1000; worker++) {
        updates.add(update(Update.Type.DELETE, worker));
      }
      SwitchRefused e = assertThrows(SwitchRefused.class, () -> session.write(INFO, updates));
      assertEquals(1000, e.failed().size());
      assertTrue(String.valueOf(e.getMessage()).endsWith("; and 995 more"), e::getMessage);
    }
  }

  @Test
  void longListsAreWrittenInBatches() throws Exception {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      List<Update> updates = new ArrayList<>();
      for (int worker = 0; worker < 2500; worker++) {
        updates.add(update(Update.Type.INSERT, worker));
      }
      session.write(INFO, updates);
      assertEquals(List.of(1000, 1000, 500), target.writes.stream().map(List::size).toList());
      assertEquals(2500, session.read(List.of(allOfSpray())).size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void capabilitiesAreWhatIsThere(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG);
      SwitchCapabilities found = session.capabilities();
      assertEquals(Support.NO, found.registers());
      if (kind == TestSwitch.Kind.BMV2) {
        assertEquals(new SwitchCapabilities("1.3.0", Support.NO, Support.YES, Support.NO), found);
      }
    }
  }

  @Test
  void aSwitchWithoutCapabilitiesIsOld() {
    try (FakeSwitch target = FakeSwitch.start(Quirk.NO_CAPABILITIES);
        P4RuntimeSession session = P4RuntimeSession.connectReadOnly(options(target))) {
      assertEquals("1.0.0", session.apiVersion());
      assertEquals("read-only: it has made no bid", session.primacy().toString());
    }
  }

  @Test
  void anOldSwitchHasNoPipelineInItsOwnWay() {
    try (FakeSwitch target = FakeSwitch.start(Quirk.PIPELINE_PRECONDITION);
        P4RuntimeSession session = P4RuntimeSession.connectReadOnly(options(target))) {
      assertEquals(Optional.empty(), session.cookie());
    }
  }

  @Test
  void nobodyThereIsUnreachable() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    SessionOptions options = SessionOptions.of(new SwitchAddress("127.0.0.1", port));
    SwitchUnreachable e =
        assertThrows(SwitchUnreachable.class, () -> P4RuntimeSession.connect(options));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith("127.0.0.1:" + port + ": expected a switch that serves P4Runtime; found: "),
        e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).contains("refused"), e::getMessage);
  }

  @Test
  void silenceIsUnreachable() {
    try (FakeSwitch target = FakeSwitch.start(Quirk.SILENT)) {
      SessionOptions options = options(target).withDeadline(Duration.ofMillis(300));
      SwitchUnreachable e =
          assertThrows(SwitchUnreachable.class, () -> P4RuntimeSession.connect(options));
      assertEquals(
          target.address() + ": capabilities: expected an answer within 300 ms; found none",
          e.getMessage());
    }
  }

  @Test
  void aWedgedSwitchMustBeRestarted() {
    try (FakeSwitch target = FakeSwitch.start(Quirk.WEDGED);
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SwitchRefused e =
          assertThrows(
              SwitchRefused.class,
              () -> session.setPipeline(Action.VERIFY_AND_COMMIT, INFO, CONFIG));
      assertEquals(
          target.address()
              + ": set pipeline: expected OK; found UNKNOWN (Error in first phase of device update); a switch that has"
              + " once failed to load a pipeline refuses all others: restart it",
          e.getMessage());
    }
  }

  private static SessionOptions options(TestSwitch target) {
    return SessionOptions.of(target.address());
  }

  private static Update update(Update.Type type, int worker) {
    EntryBuilder entry = EntryBuilder.entry(INFO, "spray").exact("worker", worker);
    if (type != Update.Type.DELETE) {
      entry.action(
          ActionCall.of("to_worker").with("port", 3).with("dst_mac", 1).with("src_mac", 2));
    }
    return Update.newBuilder()
        .setType(type)
        .setEntity(Entity.newBuilder().setTableEntry(entry.build()))
        .build();
  }

  private static Entity allOfSpray() {
    int id = INFO.tables().named("spray").id().value();
    return Entity.newBuilder().setTableEntry(TableEntry.newBuilder().setTableId(id)).build();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
      Thread.sleep(20);
    }
    assertTrue(condition.getAsBoolean(), "did not happen within 10 s");
  }
}
