package dev.scr.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measure, and write figures, plots and a report that says how they came about. Without a"
            + " subcommand: throughput.",
    subcommands = {
      BenchThroughputCommand.class,
      BenchHandlersCommand.class,
      BenchRecoveryCommand.class,
      BenchK2Command.class,
      BenchSpeedCommand.class,
      BenchOpcodesCommand.class
    })
final class BenchCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private ThroughputOptions options = new ThroughputOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    return options.run(output);
  }
}
