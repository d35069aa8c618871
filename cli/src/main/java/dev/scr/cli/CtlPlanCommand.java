package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.SequencerController;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Print what scr ctl apply FILE would change, like a diff. Writes nothing: it does not even bid for"
          + " primacy.",
      "Exit code 0 whether or not there is something to do; with --check, 1 if there is."
    },
    footer = StateFile.FORMAT)
final class CtlPlanCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();
  @Mixin private StateOptions state = new StateOptions();

  @Option(names = "--check", description = "End with exit code 1 if there is something to do.")
  private boolean check;

  @Override
  public Integer call() throws IOException {
    DesiredState wanted = state.read();
    SwitchUpdate.Step step =
        SwitchUpdate.Step.of(ctl.reading(SequencerController::present), wanted, state.force());
    SwitchUpdate.printPlan(ctl.targetName(), step, output);
    return (check && !step.plan().isEmpty() ? ExitCode.CHECK_FAILED : ExitCode.DONE).number();
  }
}
