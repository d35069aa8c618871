package dev.scr.cli;

import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.wire.WireFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Program, workers and depth: what every command that sequences asks for. */
final class SequencerOptions {
  @Option(
      names = "--program",
      paramLabel = "PROGRAM",
      converter = Options.Program.class,
      description =
          "ddos, heavyhitter, conntrack, tokenbucket or portknock (default: portknock). See scr programs.")
  private PacketProgram program = PacketProgram.PORTKNOCK;

  @Option(
      names = "--workers",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Number of workers (default: ${DEFAULT-VALUE}).")
  private int workers = 4;

  @Option(
      names = "--depth",
      paramLabel = "D",
      converter = Options.Count.class,
      description = "Earlier packets that each packet carries (default: workers - 1).")
  private @Nullable Integer depth;

  @Option(
      names = "--force",
      description = "Allow a depth that is too small for the workers, so that replicas differ.")
  private boolean force;

  PacketProgram program() {
    return program;
  }

  /** The settings, or why there can be none; asked for before anything starts. */
  SequencerSettings settings() {
    return settings(0);
  }

  /** The settings at first, with a depth that is enough for a number of workers later on. */
  SequencerSettings settings(int workersLater) {
    if (workers < 1 || workers > WireFormat.MAX_WORKERS) {
      throw CommandFailure.badInput(
          "--workers: expected 1 to " + WireFormat.MAX_WORKERS + "; found " + workers);
    }
    int most = Math.max(workers, workersLater);
    int least = SequencerSettings.depthFor(most);
    int used = depth == null ? least : depth;
    if (used > program.maxDepth()) {
      throw CommandFailure.badInput(
          "--%s: %s carries at most %d earlier packets (BMv2 lets a packet grow by %d bytes), enough for %d"
                  .formatted(
                      depth == null ? "workers" : "depth",
                      program.programName(),
                      program.maxDepth(),
                      WireFormat.BMV2_MAX_GROWTH_BYTES,
                      program.maxDepth() + 1)
              + " workers; found depth "
              + used);
    }
    if (used < least && !force) {
      throw CommandFailure.badInput(
          "--depth: %d workers need a depth of at least %d, or each replica misses %d of %d packets;"
                  .formatted(most, least, least - used, most)
              + " found %d. Use --depth %d, or --force to see the replicas differ"
                  .formatted(used, least));
    }
    return SequencerSettings.first(used, workers);
  }
}
