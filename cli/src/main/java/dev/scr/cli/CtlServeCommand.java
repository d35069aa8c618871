package dev.scr.cli;

import dev.scr.controlplane.reconcile.ReconcileEvent;
import dev.scr.controlplane.reconcile.ReconcileSettings;
import dev.scr.controlplane.reconcile.Reconciler;
import dev.scr.controlplane.session.Primacy;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Keep the switch what FILE says, until Ctrl-C: apply it, again when FILE or the switch changes, and"
          + " everything anew when the switch has restarted without its memory. While the switch is away, try again,"
          + " at longer and longer intervals.",
      "Run two for a standby: the second waits as a backup, and takes over when the first one's connection"
          + " breaks. When the first comes back, it is the backup. --takeover outbids whoever is primary, once.",
      "A FILE that is wrong later on is reported, and what it said before goes on. FILE needs no restart."
    },
    footer = StateFile.FORMAT)
final class CtlServeCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();
  @Mixin private StateOptions state = new StateOptions();

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      converter = Options.Seconds.class,
      description = "How often to look at the switch while nothing happens (default: 5).")
  private Duration interval = ReconcileSettings.DEFAULT.interval();

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      converter = Options.Seconds.class,
      description = "End after that time, as if by Ctrl-C.")
  private @Nullable Duration limit;

  @Option(names = "--replace", description = "Also replace a pipeline that is no sequencer.")
  private boolean replace;

  /** What JSON says at the end. */
  record Summary(
      String target,
      long connections,
      long timesPrimary,
      long changes,
      boolean inSync,
      @Nullable String lastProblem) {}

  private long connections;
  private long timesPrimary;
  private long changes;
  private boolean inSync;
  private @Nullable String lastProblem;

  @Override
  public Integer call() throws IOException, InterruptedException {
    StandingState standing = StandingState.of(state.file(), state.force(), this::problem);
    ReconcileSettings usual = ReconcileSettings.DEFAULT;
    ReconcileSettings settings =
        new ReconcileSettings(
            interval,
            usual.firstRetry(),
            usual.lastRetry(),
            state.force(),
            replace,
            ctl.hasElectionId());
    Reconciler reconciler =
        new Reconciler(ctl.options(), settings, standing, this::tell, RandomGenerator.getDefault());
    try (Interrupt interrupt = Interrupt.listen()) {
      reconciler.run(ending(interrupt));
      Summary summary =
          new Summary(ctl.targetName(), connections, timesPrimary, changes, inSync, lastProblem);
      output.result(
          summary,
          text ->
              text.printf(
                  "%s: served: connected %d times, primary %d times, %d changes made%n",
                  summary.target(), connections, timesPrimary, changes));
    }
    return ExitCode.DONE.number();
  }

  private BooleanSupplier ending(Interrupt interrupt) {
    long start = System.nanoTime();
    return () ->
        interrupt.getAsBoolean() || (limit != null && System.nanoTime() - start >= limit.toNanos());
  }

  private void tell(ReconcileEvent event) {
    switch (event) {
      case ReconcileEvent.Connected(String version) -> {
        connections++;
        say("connected to %s (P4Runtime %s)".formatted(ctl.targetName(), version));
      }
      case ReconcileEvent.PrimacyChanged(Primacy primacy) -> {
        timesPrimary += primacy.mayWrite() ? 1 : 0;
        inSync &= primacy.mayWrite();
        say(CtlCommand.word(primacy));
      }
      case ReconcileEvent.Applied(_, var plan) -> {
        changes += plan.changes().size();
        say(
            "%d changes made%s"
                .formatted(
                    plan.changes().size(),
                    plan.hitless() ? "" : "; another pipeline: history and counters start anew"));
      }
      case ReconcileEvent.InSync _ -> {
        inSync = true;
        say("the switch is what %s says".formatted(state.file()));
      }
      case ReconcileEvent.Blocked(String reason) -> {
        inSync = false;
        problem(reason);
      }
      case ReconcileEvent.Lost(String reason, Duration wait) -> {
        inSync = false;
        problem("%s; again in %.1f s".formatted(reason, wait.toMillis() / 1000.0));
      }
    }
  }

  private void problem(String text) {
    lastProblem = text;
    output.warn("%s  %s", now(), text);
  }

  private void say(String text) {
    output.progress("%s  %s", now(), text);
  }

  private static LocalTime now() {
    return LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
  }
}
