package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.PresentState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description = {
      "Make the switch what FILE says, read it back and say what has changed. Applying twice changes nothing"
          + " the second time.",
      "Ports of new workers come before the settings that use them, those of old workers go after: no packet is"
          + " lost, and no replica notices. Only another program (or build of it) loses the history.",
      "scr ctl plan FILE says beforehand what it would do; so does --dry-run here."
    },
    footer = StateFile.FORMAT)
final class CtlApplyCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  @Parameters(paramLabel = "FILE", description = "What the switch is to be.")
  private Path file = Path.of("");

  @Option(names = "--force", description = "Allow a depth too small for the workers.")
  private boolean force;

  @Option(names = "--replace", description = "Also replace a pipeline that is no sequencer.")
  private boolean replace;

  @Option(names = "--dry-run", description = "Only print the plan, as scr ctl plan FILE.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    DesiredState wanted = StateFile.read(file, force);
    if (dryRun) {
      SwitchUpdate.Step step = ctl.reading(c -> SwitchUpdate.Step.of(c.present(), wanted, force));
      return SwitchUpdate.printPlan(ctl.targetName(), step, output);
    }
    return ctl.changing(controller -> {
      PresentState now = controller.present();
      if (!replace) {
        controller.requireReplaceable(now);
      }
      SwitchUpdate.Step step = SwitchUpdate.Step.of(now, wanted, force);
      return SwitchUpdate.apply(controller, ctl.targetName(), step, force, output);
    });
  }
}
