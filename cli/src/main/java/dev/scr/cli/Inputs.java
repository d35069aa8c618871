package dev.scr.cli;

import dev.scr.hosts.trace.CaptureFile;
import dev.scr.hosts.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;

/** How commands read what users name. */
final class Inputs {
  private Inputs() {}

  /** The packets of a capture file, with a warning if the capture cut some short. */
  static Trace trace(Path file, Output output) throws IOException {
    CaptureFile.Capture capture = CaptureFile.read(file);
    if (capture.cutPackets() > 0) {
      output.warn(
          "%s: %d of %d packets were cut short when they were captured; they count as malformed",
          file, capture.cutPackets(), capture.trace().size());
    }
    return capture.trace();
  }
}
