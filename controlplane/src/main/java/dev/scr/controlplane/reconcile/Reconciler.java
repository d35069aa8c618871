package dev.scr.controlplane.reconcile;

import dev.scr.controlplane.sequencer.BadSettings;
import dev.scr.controlplane.sequencer.Change;
import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.Plan;
import dev.scr.controlplane.sequencer.PresentState;
import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.ElectionId;
import dev.scr.controlplane.session.NotPrimary;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.Primacy;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchFailure;
import dev.scr.controlplane.session.SwitchRefused;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one switch what it is to be. All of it happens on the thread that calls {@link #run}, which
 * also gets the events; whoever wants it to end makes {@code stop} true.
 *
 * <p>Of several reconcilers of a switch, one is primary and works; the others watch, and one of
 * them follows when the primary's stream ends. It keeps the place then: {@link
 * Primacy#standingBid}.
 */
public final class Reconciler {
  /** How soon a change of what is wanted, or the wish to stop, is noticed. */
  private static final Duration SLICE = Duration.ofMillis(100);

  private final SessionOptions options;
  private final ReconcileSettings settings;
  private final Supplier<DesiredState> wanted;
  private final Consumer<ReconcileEvent> events;
  private final RandomGenerator random;
  private final Backoff backoff;

  /** Outbidding is for the first time: whoever is outbid later has been outbid on purpose. */
  private boolean takeover;

  /** The newest epoch seen, which goes on when the switch has forgotten it. */
  private int epoch;

  private @Nullable ReconcileEvent told;

  /**
   * A reconciler that has not started.
   *
   * @param options where the switch is, and as whom; whether to fail over does not matter
   * @param wanted what the switch is to be, asked for often
   * @param events is told what happens
   * @param random for waits and election ids
   */
  public Reconciler(
      SessionOptions options,
      ReconcileSettings settings,
      Supplier<DesiredState> wanted,
      Consumer<ReconcileEvent> events,
      RandomGenerator random) {
    this.options = options;
    this.settings = settings;
    this.wanted = wanted;
    this.events = events;
    this.random = random;
    this.backoff = new Backoff(settings.firstRetry(), settings.lastRetry(), random);
    this.takeover = options.takeover();
  }

  /**
   * Connects, works, and connects again, until {@code stop}; then leaves in good order, so that a
   * backup follows at once.
   *
   * @throws dev.scr.controlplane.session.BadOption if no connection can be made as asked
   */
  public void run(BooleanSupplier stop) throws InterruptedException {
    while (!stop.getAsBoolean()) {
      String reason;
      try (P4RuntimeSession session = P4RuntimeSession.connect(bidding())) {
        events.accept(new ReconcileEvent.Connected(session.apiVersion()));
        keep(session, stop);
        reason = options.target() + ": " + session.primacy();
      } catch (SwitchFailure e) {
        reason = String.valueOf(e.getMessage());
      }
      if (!stop.getAsBoolean()) {
        Duration wait = backoff.next();
        events.accept(new ReconcileEvent.Lost(reason, wait));
        sleep(wait, stop);
      }
    }
  }

  private SessionOptions bidding() {
    return options
        .withFailOver(true)
        .withTakeover(takeover)
        .withElectionId(
            settings.ownElectionId() ? options.electionId() : ElectionId.random(random));
  }

  /** Until the stream ends, or it is to stop. */
  private void keep(P4RuntimeSession session, BooleanSupplier stop) throws InterruptedException {
    SequencerController controller = new SequencerController(session);
    Primacy seen = new Primacy.Pending();
    DesiredState last = null;
    long nextLook = System.nanoTime();
    told = null;
    while (!stop.getAsBoolean() && session.isInformed()) {
      Primacy now = session.primacy();
      DesiredState state = wanted.get();
      boolean changed = !now.equals(seen) || !state.equals(last);
      if (!now.equals(seen) && !(now instanceof Primacy.Pending)) {
        backoff.reset();
        told = null;
        events.accept(new ReconcileEvent.PrimacyChanged(now));
      }
      if (changed || System.nanoTime() - nextLook >= 0) {
        seen = now;
        last = state;
        look(controller, state, now);
        nextLook = System.nanoTime() + settings.interval().toNanos();
      }
      var _ = session.awaitChange(now, SLICE);
    }
  }

  /** A backup looks, too: so it notices a switch that has gone without a word. */
  private void look(SequencerController controller, DesiredState state, Primacy primacy) {
    PresentState present = controller.present();
    if (present instanceof PresentState.Sequencer sequencer && sequencer.settings().epoch() != 0) {
      epoch = sequencer.settings().epoch();
    }
    if (!primacy.mayWrite()) {
      return;
    }
    takeover = false;
    try {
      reconcile(controller, present, state);
    } catch (NotPrimary _) {
      // outbid just now; the stream is about to say so
    } catch (SwitchRefused | BadSettings e) {
      tell(new ReconcileEvent.Blocked(String.valueOf(e.getMessage())));
    }
  }

  private void reconcile(SequencerController controller, PresentState present, DesiredState state) {
    DesiredState going = state.after(epoch);
    Plan plan = Plan.between(present, going, settings.force());
    if (plan.isEmpty()) {
      tell(new ReconcileEvent.InSync());
      return;
    }
    if (!settings.replace()) {
      controller.requireReplaceable(present);
    }
    noteEpoch(plan);
    controller.apply(plan, _ -> {});
    PresentState after = controller.present();
    Plan rest = Plan.between(after, going, settings.force());
    if (plan.isDoneBy(rest)) {
      told = null;
      events.accept(new ReconcileEvent.Applied(present, plan));
      tell(new ReconcileEvent.InSync());
    } else {
      tell(
          new ReconcileEvent.Blocked(
              "%s: read back: expected the state that was written; found %d differences"
                  .formatted(options.target(), rest.changes().size())));
    }
    if (after instanceof PresentState.Sequencer sequencer && sequencer.settings().epoch() != 0) {
      epoch = sequencer.settings().epoch();
    }
  }

  /** Before it is written: the switch may have taken it, and stop before it says so. */
  private void noteEpoch(Plan plan) {
    for (Change change : plan.changes()) {
      if (change instanceof Change.Configure configure) {
        epoch = configure.after().epoch();
      }
    }
  }

  /** Says a thing that stays true only once. */
  private void tell(ReconcileEvent event) {
    if (!event.equals(told)) {
      told = event;
      events.accept(event);
    }
  }

  private static void sleep(Duration time, BooleanSupplier stop) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos();
        left > 0 && !stop.getAsBoolean();
        left = end - System.nanoTime()) {
      Thread.sleep(Duration.ofNanos(Math.min(left, SLICE.toNanos())));
    }
  }
}
