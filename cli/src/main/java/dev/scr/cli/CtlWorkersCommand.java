package dev.scr.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "workers",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "How many workers share the packets.")
final class CtlWorkersCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
  private CtlCommand ctl;

  @Command(name = "get", mixinStandardHelpOptions = true, description = "Print the settings.")
  int get(@Mixin Output output) {
    return SettingsReport.print(
        output, ctl.reading(c -> c.settings()), ctl.reading(c -> c.limits()));
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Set the number of workers, and the depth with it if --depth is given.",
        "Workers without a port get port worker + 2. A new worker starts with an empty state: it equals the"
            + " others only if the sequencer has sequenced nothing yet."
      })
  int set(
      @Mixin Output output,
      @Parameters(paramLabel = "N", converter = Options.Count.class, description = "The number.")
          Integer workers,
      @Option(
              names = "--depth",
              paramLabel = "D",
              converter = Options.Count.class,
              description = "Set the depth in the same step.")
          @Nullable Integer depth,
      @Option(names = "--force", description = "Allow too many for the depth.") boolean force) {
    return ctl.changing(controller ->
        SettingsReport.print(
            output,
            depth == null
                ? controller.setWorkers(workers, force)
                : controller.setDepthAndWorkers(depth, workers, force),
            controller.limits()));
  }
}
