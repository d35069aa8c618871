package dev.scr.cli;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.trace.CaptureFile;
import dev.scr.hosts.trace.Trace;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.wire.WireFormat;
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

  /** The longest frame, in bytes, that a sequencer with these settings makes of a trace. */
  static int longestFrame(ProgramObject object, SequencerSettings settings, Trace trace) {
    return WireFormat.HEADER_BYTES
        + settings.depth() * object.program().slotBytes()
        + trace.maxLength();
  }
}
