package dev.scr.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "depth",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "How many earlier packets each packet carries.")
final class CtlDepthCommand {
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
      description =
          "Set the depth: at least workers - 1, at most what the program was compiled for.")
  int set(
      @Mixin Output output,
      @Parameters(paramLabel = "D", converter = Options.Count.class, description = "The depth.")
          Integer depth,
      @Option(names = "--force", description = "Allow too little for the workers.") boolean force) {
    return ctl.changing(controller ->
        SettingsReport.print(output, controller.setDepth(depth, force), controller.limits()));
  }
}
