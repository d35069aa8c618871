package dev.scr.cli;

import java.nio.file.Path;

/** Small traces to run commands on. */
final class TestTrace {
  private TestTrace() {}

  /** Makes {@code KIND.pcap}, of 50 flows. */
  static Path in(Path folder, String kind, int packets) {
    Path file = folder.resolve(kind + ".pcap");
    Run.of("trace", "--kind", kind, "--packets", packets, "--flows", 50, "--seed", 7, file)
        .succeeds();
    return file;
  }
}
