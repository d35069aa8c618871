package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerLimits;
import dev.scr.pipeline.SequencerSettings;

/** How commands print a sequencer's settings. */
final class SettingsReport {
  private SettingsReport() {}

  /** What JSON says. */
  record Document(
      int epoch,
      int depth,
      int workers,
      int maxFrameBytes,
      int passPort,
      int growthBytes,
      int maxDepth,
      boolean deepEnough) {}

  static Document of(SequencerSettings settings, SequencerLimits limits) {
    return new Document(
        settings.epoch(),
        settings.depth(),
        settings.workers(),
        settings.maxFrameBytes(),
        settings.passPort(),
        settings.growthBytes(limits.slotBytes()),
        limits.maxDepth(),
        settings.isDeepEnough());
  }

  static int print(Output output, SequencerSettings settings, SequencerLimits limits) {
    Document document = of(settings, limits);
    output.result(document, text -> text.println(line(document)));
    return ExitCode.DONE.number();
  }

  static String line(Document settings) {
    if (settings.epoch() == 0) {
      return "not configured yet: set depth and workers";
    }
    return "epoch %d: depth %d of at most %d, %d workers, frames of at most %d bytes (packets grow by %d), pass port %d%s"
        .formatted(
            settings.epoch(),
            settings.depth(),
            settings.maxDepth(),
            settings.workers(),
            settings.maxFrameBytes(),
            settings.growthBytes(),
            settings.passPort(),
            settings.deepEnough() ? "" : "; too shallow: replicas differ");
  }
}
