package dev.scr.controlplane.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.Bmv2;
import dev.scr.controlplane.FakeSwitch;
import dev.scr.controlplane.TestSwitch;
import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.ElectionId;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.Primacy;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ReconcilerTest {
  private static final ReconcileSettings QUICK =
      new ReconcileSettings(
          Duration.ofMillis(200),
          Duration.ofMillis(50),
          Duration.ofMillis(400),
          false,
          false,
          false);

  @ParameterizedTest
  @EnumSource
  void theBackupFollowsAndKeepsThePlace(TestSwitch.Kind kind) throws Exception {
    DesiredState wanted = state(PacketProgram.DDOS, 4);
    try (TestSwitch target = kind.start()) {
      RunningReconciler first = start(target.address(), wanted, 1);
      first.awaitInSync(0);
      try (RunningReconciler second = start(target.address(), wanted, 2)) {
        int backup = second.awaitBackup(0);
        assertEquals(1, first.timesPrimary(), "nobody steals: " + first.events());
        first.close();
        second.awaitInSync(second.awaitPrimary(backup));

        try (RunningReconciler again = start(target.address(), wanted, 1)) {
          again.awaitBackup(0);
          assertEquals(0, again.timesPrimary());
          assertEquals(1, second.timesPrimary(), "no flapping: " + second.events());
        }
      }
      assertFalse(
          first.events().stream().anyMatch(ReconcileEvent.Lost.class::isInstance),
          "ended in good order");
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneOfManyIsPrimary(TestSwitch.Kind kind) throws Exception {
    DesiredState wanted = state(PacketProgram.DDOS, 2);
    try (TestSwitch target = kind.start();
        RunningReconciler a = start(target.address(), wanted, 11);
        RunningReconciler b = start(target.address(), wanted, 12);
        RunningReconciler c = start(target.address(), wanted, 13);
        P4RuntimeSession watcher =
            P4RuntimeSession.connectReadOnly(SessionOptions.of(target.address()))) {
      List<RunningReconciler> all = List.of(a, b, c);
      long before = -1;
      int calm = 0; // looks in a row at one primary, and at nobody becoming it
      for (int i = 0; i < 60_000 && calm < 100; i++) {
        long now = all.stream().mapToLong(RunningReconciler::timesPrimary).sum();
        calm = settled(all) == 1 && now == before ? calm + 1 : 0;
        before = now;
        Thread.sleep(10);
      }
      assertEquals(100, calm, "one is primary, the others are backups, and it stays so");
      new SequencerController(watcher).present();
    }
  }

  /** How many are primary, if all the others are backups; else -1. */
  private static long settled(List<RunningReconciler> all) {
    List<Primacy> last =
        all.stream()
            .map(r ->
                r.events().stream()
                    .filter(ReconcileEvent.PrimacyChanged.class::isInstance)
                    .map(event -> ((ReconcileEvent.PrimacyChanged) event).primacy())
                    .reduce(new Primacy.Pending(), (_, next) -> next))
            .toList();
    long primary = last.stream().filter(Primacy::mayWrite).count();
    long backup = last.stream().filter(Primacy.Backup.class::isInstance).count();
    return primary + backup == all.size() ? primary : -1;
  }

  @ParameterizedTest
  @EnumSource
  void driftAndChangedWishesAreMadeGood(TestSwitch.Kind kind) throws Exception {
    AtomicReference<DesiredState> wanted = new AtomicReference<>(state(PacketProgram.PORTKNOCK, 3));
    try (TestSwitch target = kind.start();
        RunningReconciler reconciler =
            new RunningReconciler(SessionOptions.of(target.address()), QUICK, wanted::get, 3)) {
      int seen = reconciler.awaitInSync(0);
      wanted.set(state(PacketProgram.PORTKNOCK, 5));
      seen = reconciler.awaitInSync(seen);
      assertEquals(5, workers(target.address()));

      // somebody else takes over, changes something, and leaves
      try (P4RuntimeSession other =
          P4RuntimeSession.connect(SessionOptions.of(target.address()).withTakeover(true))) {
        new SequencerController(other).setWorkers(2, false);
        seen = reconciler.awaitBackup(seen);
        assertEquals(2, workers(target.address()), "who is not primary does not write");
      }
      seen = reconciler.awaitPrimary(seen);
      reconciler.awaitInSync(seen);
      assertEquals(5, workers(target.address()));

      wanted.set(state(PacketProgram.CONNTRACK, 99));
      seen = reconciler.await(seen, ReconcileEvent.Blocked.class::isInstance);
      assertEquals(5, workers(target.address()), "what cannot be changes nothing");
      wanted.set(state(PacketProgram.CONNTRACK, 4));
      reconciler.awaitInSync(seen);
      assertEquals(4, workers(target.address()));
    }
  }

  @Test
  void aRestartedBmv2GetsEverythingAgain() throws Exception {
    DesiredState wanted = state(PacketProgram.DDOS, 4);
    Bmv2 before = Bmv2.start();
    try (RunningReconciler reconciler = start(before.address(), wanted, 4)) {
      int seen = reconciler.awaitInSync(0);
      before.close();
      seen = reconciler.await(seen, ReconcileEvent.Lost.class::isInstance);
      try (Bmv2 after = Bmv2.startAt(before.address())) {
        reconciler.awaitInSync(seen);
        assertEquals(4, workers(after.address()));
        assertEquals(2, settings(after.address()).epoch(), "the epoch goes on, so workers notice");
      }
    } finally {
      before.close();
    }
  }

  @Test
  void anIdInUseIsTriedAgain() throws Exception {
    ReconcileSettings own =
        new ReconcileSettings(
            QUICK.interval(), QUICK.firstRetry(), QUICK.lastRetry(), false, false, true);
    try (FakeSwitch target = FakeSwitch.start()) {
      SessionOptions options =
          SessionOptions.of(target.address()).withElectionId(ElectionId.parse("9"));
      P4RuntimeSession other = P4RuntimeSession.connect(options);
      try (RunningReconciler reconciler =
          new RunningReconciler(options, own, () -> state(PacketProgram.DDOS, 2), 5)) {
        int seen =
            reconciler.await(
                0,
                event ->
                    event instanceof ReconcileEvent.Lost(String reason, _)
                        && reason.contains("refused election id 9"));
        assertEquals(0, reconciler.timesPrimary());
        other.close();
        reconciler.awaitInSync(seen);
      }
    }
  }

  @Test
  void takeoverIsForTheFirstTimeOnly() throws Exception {
    DesiredState wanted = state(PacketProgram.DDOS, 2);
    try (FakeSwitch target = FakeSwitch.start();
        RunningReconciler first = start(target.address(), wanted, 6)) {
      int seen = first.awaitInSync(0);
      try (RunningReconciler second =
          new RunningReconciler(
              SessionOptions.of(target.address()).withTakeover(true), QUICK, () -> wanted, 7)) {
        int over = second.awaitInSync(0);
        first.awaitBackup(seen);
        try (P4RuntimeSession third =
            P4RuntimeSession.connect(SessionOptions.of(target.address()).withTakeover(true))) {
          second.awaitBackup(over);
          Thread.sleep(QUICK.interval().multipliedBy(3));
          assertTrue(third.primacy().mayWrite(), "it is not outbid again");
        }
      }
    }
  }

  @Test
  void aSwitchWithoutStreamIsLeftAndFoundAgain() throws Exception {
    try (FakeSwitch target = FakeSwitch.start();
        RunningReconciler reconciler = start(target.address(), state(PacketProgram.DDOS, 2), 8)) {
      int seen = reconciler.awaitInSync(0);
      for (int i = 0; i < 5; i++) {
        target.endStreams();
        seen = reconciler.await(seen, ReconcileEvent.Lost.class::isInstance);
        seen = reconciler.awaitInSync(reconciler.awaitPrimary(seen));
      }
      assertEquals(1, target.pushes.size(), "the switch has kept everything");
    }
  }

  @Test
  void waitsGrowAndDiffer() {
    for (long seed = 1; seed <= 200; seed++) {
      Backoff backoff =
          new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), new SplittableRandom(seed));
      long step = 100;
      for (int i = 0; i < 8; i++) {
        long wait = backoff.next().toMillis();
        assertTrue(wait >= step / 2 && wait <= step, "-Dseed=" + seed + ": " + wait);
        step = Math.min(1000, step * 2);
      }
      backoff.reset();
      assertTrue(backoff.next().toMillis() <= 100);
    }
  }

  private static RunningReconciler start(SwitchAddress address, DesiredState wanted, long seed) {
    return new RunningReconciler(SessionOptions.of(address), QUICK, () -> wanted, seed);
  }

  private static SequencerSettings settings(SwitchAddress address) {
    try (P4RuntimeSession session = P4RuntimeSession.connectReadOnly(SessionOptions.of(address))) {
      return new SequencerController(session).settings();
    }
  }

  private static int workers(SwitchAddress address) {
    return settings(address).workers();
  }

  private static DesiredState state(PacketProgram program, int workers) {
    return new DesiredState(
        program,
        SequencerSettings.first(SequencerSettings.depthFor(workers), workers),
        DesiredState.ports(workers, List.of()));
  }
}
