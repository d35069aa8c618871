package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "counters",
    mixinStandardHelpOptions = true,
    description = "What the sequencer has done with packets since its pipeline was pushed.")
final class CtlCountersCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    SequencerCounters counters = ctl.reading(SequencerController::counters);
    output.result(counters, text -> text.println(table(counters)));
    return ExitCode.DONE.number();
  }

  static String table(SequencerCounters counters) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("sequenced", counters.sequenced()));
    counters
        .sprayed()
        .forEach((worker, packets) -> rows.add(row("  to worker " + worker, packets)));
    rows.add(row("passed through", counters.passedThrough()));
    rows.add(row("dropped, malformed", counters.droppedMalformed()));
    rows.add(row("dropped, oversized", counters.droppedOversized()));
    rows.add(row("dropped, unmapped", counters.droppedUnmapped()));
    return Output.table(List.of("outcome", "#packets"), rows);
  }

  private static List<String> row(String outcome, long packets) {
    return List.of(outcome, String.valueOf(packets));
  }
}
