package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerStatus;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "The switch, its program, the settings and the ports.")
final class CtlStatusCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  /** What JSON says. */
  record Document(
      String apiVersion,
      String program,
      @Nullable String cookie,
      int slotBytes,
      int maxDepth,
      int maxWorkers,
      SettingsReport.Document settings,
      List<CtlPortsCommand.Port> ports) {}

  @Override
  public Integer call() {
    SequencerStatus status = ctl.reading(SequencerController::status);
    Document document =
        new Document(
            status.apiVersion(),
            status.program(),
            status.cookie().map(Object::toString).orElse(null),
            status.limits().slotBytes(),
            status.limits().maxDepth(),
            status.limits().maxWorkers(),
            SettingsReport.of(status.settings(), status.limits()),
            status.ports().stream().map(CtlPortsCommand.Port::of).toList());
    output.result(
        document,
        text -> {
          text.printf("P4Runtime  %s%n", document.apiVersion());
          text.printf(
              "program    %s (cookie %s): slots of %d bytes, depth up to %d, up to %d workers%n",
              document.program(),
              document.cookie(),
              document.slotBytes(),
              document.maxDepth(),
              document.maxWorkers());
          text.printf("settings   %s%n", SettingsReport.line(document.settings()));
          text.println(CtlPortsCommand.table(document.ports()));
        });
    return ExitCode.DONE.number();
  }
}
