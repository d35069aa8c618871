package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.Plan;
import dev.scr.controlplane.sequencer.PresentState;
import dev.scr.controlplane.sequencer.SequencerController;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Makes a switch what it is to be: plans, changes, reads back. */
final class SwitchUpdate {
  private SwitchUpdate() {}

  /**
   * What JSON says of a plan.
   *
   * @param inSync whether there is nothing to do
   * @param needsReplace whether {@code apply} has to be told that it may replace the pipeline
   * @param left workers whose ports stay for now although nobody needs them
   */
  record Planned(
      String target,
      boolean inSync,
      boolean hitless,
      boolean needsReplace,
      List<StateReport.Row> changes,
      List<Integer> left) {
    static Planned of(String target, Step step) {
      return new Planned(
          target,
          step.plan().isEmpty(),
          step.plan().hitless(),
          step.now() instanceof PresentState.Foreign,
          step.report().differences(),
          step.report().left());
    }
  }

  /** What JSON says of a change that is made. */
  record Applied(
      String target,
      String program,
      boolean changed,
      boolean hitless,
      List<StateReport.Row> changes,
      List<Integer> left,
      SettingsReport.Document settings,
      List<CtlPortsCommand.Port> ports) {}

  /** What there is, what is wanted, and the way from one to the other. */
  record Step(PresentState now, DesiredState wanted, Plan plan, StateReport report) {
    static Step of(PresentState now, DesiredState wanted, boolean force) {
      Plan plan = Plan.between(now, wanted, force);
      return new Step(now, wanted, plan, StateReport.of(now, wanted, plan));
    }
  }

  /** Prints what would change. */
  static int printPlan(String target, Step step, Output output) {
    Planned document = Planned.of(target, step);
    output.result(
        document,
        text -> {
          step.report().print(text);
          if (document.needsReplace()) {
            text.println("! what is there is no sequencer: scr ctl apply needs --replace");
          }
          text.printf(
              "%s: %s%n",
              target,
              document.inSync()
                  ? "nothing to do"
                  : "%d changes to make".formatted(step.plan().changes().size()));
        });
    return ExitCode.DONE.number();
  }

  /**
   * Changes the switch and prints what has changed.
   *
   * @param force whether workers may miss packets, for want of history
   * @throws CommandFailure if the switch is not what it should be afterwards
   */
  static int apply(
      SequencerController controller, String target, Step step, boolean force, Output output) {
    AtomicInteger done = new AtomicInteger();
    boolean finished = false;
    try {
      controller.apply(step.plan(), _ -> done.incrementAndGet());
      finished = true;
    } finally {
      if (!finished && done.get() > 0) {
        output.warn(
            "%s: %d of %d changes are made; apply again to make the rest",
            target, done.get(), step.plan().changes().size());
      }
    }
    verify(controller, target, step, force);
    print(controller, target, step, output);
    return ExitCode.DONE.number();
  }

  private static void verify(
      SequencerController controller, String target, Step made, boolean force) {
    Step again = Step.of(controller.present(), made.wanted(), force);
    if (!made.plan().isDoneBy(again.plan())) {
      throw CommandFailure.checkFailed(
          target
              + ": read back: "
              + again.report().differences().stream()
                  .map(row ->
                      "%s%s: expected %s; found %s"
                          .formatted(
                              row.what(),
                              row.worker() == null ? "" : " of worker " + row.worker(),
                              row.after(),
                              row.before()))
                  .collect(Collectors.joining(", ")));
    }
  }

  private static void print(
      SequencerController controller, String target, Step step, Output output) {
    SettingsReport.Document settings =
        SettingsReport.of(controller.settings(), controller.limits());
    Applied document =
        new Applied(
            target,
            step.wanted().program().programName(),
            !step.plan().isEmpty(),
            step.plan().hitless(),
            step.report().differences(),
            step.report().left(),
            settings,
            controller.ports().stream().map(CtlPortsCommand.Port::of).toList());
    output.result(
        document,
        text -> {
          step.report().print(text);
          text.printf(
              "%s: %s; %s: %s%n",
              target,
              document.changed()
                  ? "%d changes made and read back".formatted(step.plan().changes().size())
                  : "nothing to do",
              document.program(),
              SettingsReport.line(settings));
        });
  }
}
