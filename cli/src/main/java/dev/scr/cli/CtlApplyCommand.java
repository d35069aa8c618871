package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.PresentState;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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
  @Mixin private StateOptions state = new StateOptions();

  @Option(names = "--replace", description = "Also replace a pipeline that is no sequencer.")
  private boolean replace;

  @Option(names = "--dry-run", description = "Only print the plan, as scr ctl plan FILE.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    DesiredState wanted = state.read();
    if (dryRun) {
      SwitchUpdate.Step step =
          ctl.reading(c -> SwitchUpdate.Step.of(c.present(), wanted, state.force()));
      return SwitchUpdate.printPlan(ctl.targetName(), step, output);
    }
    return ctl.changing(controller -> {
      PresentState now = controller.present();
      if (!replace) {
        controller.requireReplaceable(now);
      }
      SwitchUpdate.Step step = SwitchUpdate.Step.of(now, wanted, state.force());
      return SwitchUpdate.apply(controller, ctl.targetName(), step, state.force(), output);
    });
  }
}
