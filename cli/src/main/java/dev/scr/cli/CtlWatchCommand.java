package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerCounters;
import dev.scr.controlplane.sequencer.SequencerStatus;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.Primacy;
import dev.scr.controlplane.session.SwitchFailure;
import dev.scr.controlplane.session.SwitchRefused;
import java.io.Console;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Watch the switch until Ctrl-C: its program, settings and ports when they change, who is primary, and"
          + " its counters. A table that refreshes on a terminal, lines elsewhere. Changes nothing: it never bids"
          + " for primacy, and a switch that goes away is waited for.",
      "--json needs --count and prints one document with all samples when they are taken."
    })
final class CtlWatchCommand implements Callable<Integer> {
  private static final int MOST_SAMPLES = 100_000;
  private static final String CLEAR_SCREEN = "\033[H\033[2J";

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      converter = Options.Seconds.class,
      description = "Time between two samples (default: 1).")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "End after N samples.")
  private @Nullable Integer count;

  /**
   * The switch at one moment; where it could not be asked, only why.
   *
   * @param primary who is primary, in words; null if the switch does not tell
   */
  record Sample(
      String at,
      @Nullable String problem,
      @Nullable String primary,
      @Nullable String program,
      SettingsReport.@Nullable Document settings,
      @Nullable List<CtlPortsCommand.Port> ports,
      @Nullable SequencerCounters counters) {
    static Sample failed(Instant at, SwitchFailure failure) {
      return new Sample(
          at.toString(), String.valueOf(failure.getMessage()), null, null, null, null, null);
    }

    static Sample of(Instant at, P4RuntimeSession session) {
      // a controller of its own each time: the pipeline may be another one by now
      SequencerController controller = new SequencerController(session);
      String primary = session.isInformed() ? said(session.primacy()) : null;
      try {
        SequencerStatus status = controller.status();
        return new Sample(
            at.toString(),
            null,
            primary,
            status.program(),
            SettingsReport.of(status.settings(), status.limits()),
            status.ports().stream().map(CtlPortsCommand.Port::of).toList(),
            controller.counters());
      } catch (SwitchRefused e) {
        return new Sample(
            at.toString(), String.valueOf(e.getMessage()), primary, null, null, null, null);
      }
    }

    private static String said(Primacy primacy) {
      return switch (primacy) {
        case Primacy.Backup(var id) ->
            id.map(known -> "election id " + known).orElse("another client");
        case Primacy.Vacant(var last) ->
            "nobody" + last.map(id -> "; the last had election id " + id).orElse("");
        case Primacy.Primary _, Primacy.Pending _, Primacy.Bystander _ -> primacy.toString();
      };
    }

    /** What lines say only when it changes. */
    List<String> situation() {
      List<String> lines = new ArrayList<>();
      if (problem != null) {
        lines.add(problem);
      }
      if (primary != null) {
        lines.add("primary: " + primary);
      }
      if (program != null && settings != null && ports != null) {
        lines.add(program + ": " + SettingsReport.line(settings));
        lines.add(
            "ports: "
                + String.join(
                    ", ",
                    ports.stream().map(port -> port.worker() + " at " + port.port()).toList()));
      }
      return lines;
    }
  }

  /** What JSON says. */
  record Document(String target, double intervalSeconds, List<Sample> samples) {}

  private final List<Sample> kept = new ArrayList<>();
  private @Nullable Sample last;
  private @Nullable P4RuntimeSession session;

  @Override
  public Integer call() throws InterruptedException {
    if (output.isJson() && (count == null || count < 1 || count > MOST_SAMPLES)) {
      throw CommandFailure.badInput(
          "--json: expected --count 1 to %d with it, for one document; found %s"
              .formatted(MOST_SAMPLES, count == null ? "none" : count));
    }
    boolean table =
        Boolean.getBoolean("scr.terminal")
            && Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    try (Interrupt interrupt = Interrupt.listen()) {
      session = P4RuntimeSession.connectWatching(ctl.options()); // at first, it has to be there
      int taken = 0;
      while (!interrupt.getAsBoolean() && (count == null || taken < count)) {
        Sample sample = sample();
        show(sample, table);
        last = sample;
        taken++;
        if (count == null || taken < count) {
          var _ = interrupt.await(interval);
        }
      }
    } finally {
      leave();
    }
    if (output.isJson()) {
      output.result(new Document(ctl.targetName(), interval.toMillis() / 1000.0, kept), text -> {});
    }
    return ExitCode.DONE.number();
  }

  private Sample sample() {
    Instant now = Instant.now();
    try {
      if (session != null && !session.isInformed()) {
        leave(); // the switch has restarted, or does not tell a second watcher
      }
      if (session == null) {
        session = P4RuntimeSession.connectWatching(ctl.options());
      }
      return Sample.of(now, session);
    } catch (SwitchFailure e) {
      leave();
      return Sample.failed(now, e);
    }
  }

  private void leave() {
    if (session != null) {
      session.close();
      session = null;
    }
  }

  private void show(Sample sample, boolean table) {
    if (output.isJson()) {
      kept.add(sample);
      return;
    }
    if (table) {
      output.progress("%s", CLEAR_SCREEN + screen(sample));
      return;
    }
    List<String> before = last == null ? List.of() : last.situation();
    String time = time(sample);
    sample.situation().stream()
        .filter(line -> !before.contains(line))
        .forEach(line -> output.progress("%s  %s", time, line));
    if (sample.counters() != null) {
      output.progress("%s  %s", time, line(sample.counters()));
    }
  }

  private String line(SequencerCounters counters) {
    return "sequenced %d%s, passed through %d, dropped %d malformed %d oversized %d unmapped"
        .formatted(
            counters.sequenced(),
            rate(counters),
            counters.passedThrough(),
            counters.droppedMalformed(),
            counters.droppedOversized(),
            counters.droppedUnmapped());
  }

  /** How many more than in the sample before; nothing where the counters have started anew. */
  private String rate(SequencerCounters counters) {
    SequencerCounters before = last == null ? null : last.counters();
    long more = before == null ? -1 : counters.sequenced() - before.sequenced();
    return more < 0 ? "" : " (+%d)".formatted(more);
  }

  private String screen(Sample sample) {
    StringBuilder screen = new StringBuilder();
    screen.append(ctl.targetName()).append("  ").append(time(sample)).append("\n\n");
    sample.situation().forEach(line -> screen.append(line).append('\n'));
    if (sample.counters() != null) {
      screen
          .append('\n')
          .append(CtlCountersCommand.table(Objects.requireNonNull(sample.counters())));
      screen.append("\nsince the last look").append(rate(sample.counters())).append('\n');
    }
    return screen.toString();
  }

  private static String time(Sample sample) {
    return LocalTime.ofInstant(Instant.parse(sample.at()), ZoneId.systemDefault())
        .truncatedTo(ChronoUnit.SECONDS)
        .toString();
  }
}
