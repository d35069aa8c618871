package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.SequencerController;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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

  @Parameters(paramLabel = "FILE", description = "What the switch is to be.")
  private Path file = Path.of("");

  @Option(names = "--check", description = "End with exit code 1 if there is something to do.")
  private boolean check;

  @Option(names = "--force", description = "Allow a depth too small for the workers.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    DesiredState wanted = StateFile.read(file, force);
    SwitchUpdate.Step step =
        SwitchUpdate.Step.of(ctl.reading(SequencerController::present), wanted, force);
    SwitchUpdate.printPlan(ctl.targetName(), step, output);
    return (check && !step.plan().isEmpty() ? ExitCode.CHECK_FAILED : ExitCode.DONE).number();
  }
}
