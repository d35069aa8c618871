package dev.scr.cli;

import dev.scr.hosts.trace.FlowSizes;
import dev.scr.hosts.trace.PcapWriter;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = "Make a trace and say how its packets spread over flows.")
final class TraceCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      required = true,
      converter = Options.Kind.class,
      description = {
        "single-flow: one TCP flow, which no sharding can spread;",
        "uniform: every flow equally likely;",
        "zipf: the n-th flow has 1/n of the first one's packets;",
        "datacenter: flow sizes of the DCTCP paper's web search;",
        "mixed: everything a port may see, broken frames included (--size does not apply)."
      })
  private TraceKind kind = TraceKind.ZIPF;

  @Option(
      names = "--packets",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Number of packets (default: ${DEFAULT-VALUE}).")
  private int packets = 100_000;

  @Option(
      names = "--flows",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Number of flows (default: ${DEFAULT-VALUE}).")
  private int flows = 1_000;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      converter = Options.Count.class,
      description = "Length of each frame (default: ${DEFAULT-VALUE}).")
  private int size = 192;

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same trace again.")
  private @Nullable Long seed;

  @Parameters(paramLabel = "OUT.pcap", description = "The file to write.")
  private Path out = Path.of("");

  /** What JSON says. */
  record Result(
      String file, String kind, int packets, long bytes, long seed, FlowSizes flowSizes) {}

  @Override
  public Integer call() throws IOException {
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 48) : seed;
    Trace trace = TraceGenerator.generate(spec(kind, packets, flows, size, usedSeed));
    try (PcapWriter writer = new PcapWriter(out)) {
      writer.writeAll(trace);
      writer.commit();
    }
    FlowSizes sizes = FlowSizes.of(trace);
    Result result =
        new Result(
            out.toString(), kind.kindName(), trace.size(), trace.totalBytes(), usedSeed, sizes);
    output.result(
        result,
        text -> {
          text.printf(
              "%s: %d packets, %d bytes, %s, seed %d%n",
              out, trace.size(), trace.totalBytes(), kind.kindName(), usedSeed);
          text.println(distribution(sizes));
        });
    return ExitCode.DONE.number();
  }

  /** A trace as the user asks for it. */
  static TraceSpec spec(TraceKind kind, int packets, int flows, int size, long seed) {
    try {
      return new TraceSpec(kind, packets, flows, size, seed);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput(e.getMessage());
    }
  }

  private static String distribution(FlowSizes sizes) {
    return Output.table(
        List.of("flows", "#packets each", "#share of all"),
        List.of(
            List.of("all " + sizes.flows(), "", "100 %"),
            List.of("largest", String.valueOf(sizes.largest()), percent(sizes.shareOfLargest())),
            List.of("top 1 %", "", percent(sizes.shareOfTopPercent())),
            List.of("90th percentile", String.valueOf(sizes.p90()), ""),
            List.of("median", String.valueOf(sizes.median()), ""),
            List.of("smallest", String.valueOf(sizes.smallest()), "")));
  }

  private static String percent(double share) {
    return "%.1f %%".formatted(100 * share);
  }
}
