package dev.scr.cli;

import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SwitchCapabilities;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "capabilities",
    mixinStandardHelpOptions = true,
    description = "What the switch's P4Runtime server can do, found out by asking it.")
final class CtlCapabilitiesCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    SwitchCapabilities capabilities = ctl.inspecting(P4RuntimeSession::capabilities);
    output.result(capabilities, text -> text.println(capabilities));
    return ExitCode.DONE.number();
  }
}
