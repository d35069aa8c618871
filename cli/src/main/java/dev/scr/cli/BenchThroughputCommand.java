package dev.scr.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "throughput",
    mixinStandardHelpOptions = true,
    description = {
      "Packets per second over workers, for each program, strategy and trace: saturated, and the"
          + " highest rate without loss; latencies; the cost model, and SCR against it. Takes under ten"
          + " minutes on two quiet cores.",
      "Writes results.json, results.csv, SVG plots and a self-contained report.html into the folder."
    })
final class BenchThroughputCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private ThroughputOptions options = new ThroughputOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    return options.run(output);
  }
}
