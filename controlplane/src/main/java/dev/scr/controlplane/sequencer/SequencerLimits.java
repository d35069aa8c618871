package dev.scr.controlplane.sequencer;

import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.P4Object;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.wire.WireFormat;

/**
 * What a sequencer's pipeline was compiled for.
 *
 * @param slotBytes bytes of one history slot
 * @param maxDepth slots of its ring
 * @param maxWorkers entries of its {@code spray} table
 */
public record SequencerLimits(int slotBytes, int maxDepth, int maxWorkers) {
  /** An Ethernet frame without its checksum is at least this long. */
  private static final int SMALLEST_FRAME_BYTES = 60;

  /** Read off the P4 program: the history ring is a register, and a slot is one of its cells. */
  static SequencerLimits of(P4InfoIndex info) {
    P4Object.Register ring = info.registers().named("ring");
    long maxWorkers = Math.min(info.tables().named("spray").size(), WireFormat.MAX_WORKERS);
    return new SequencerLimits(ring.bitwidth() / Byte.SIZE, ring.size(), (int) maxWorkers);
  }

  /** Whether a sequencer can have these settings, equal workers or not. */
  boolean allows(SequencerSettings settings) {
    try {
      requirePossible(settings);
      return true;
    } catch (BadSettings _) {
      return false;
    }
  }

  /**
   * Checks settings.
   *
   * @param force whether workers may miss packets, for want of history
   * @throws BadSettings with the limit and what is beyond it
   */
  void check(SequencerSettings settings, boolean force) {
    requirePossible(settings);
    if (!force && !settings.isDeepEnough()) {
      throw new BadSettings(
          "expected depth >= workers - 1, so that every worker sees every packet; found depth "
              + settings.depth()
              + " and "
              + settings.workers()
              + " workers; set depth "
              + SequencerSettings.depthFor(settings.workers())
              + ", or --force to let the workers differ");
    }
  }

  private void requirePossible(SequencerSettings settings) {
    if (settings.depth() > maxDepth) {
      throw new BadSettings(
          "depth: expected 0.."
              + maxDepth
              + ", the slots of the compiled ring; found "
              + settings.depth());
    }
    if (settings.workers() > maxWorkers) {
      throw new BadSettings("workers: expected 0.." + maxWorkers + "; found " + settings.workers());
    }
    int growthBytes = settings.growthBytes(slotBytes);
    String atDepth = " at depth " + settings.depth();
    if (growthBytes > WireFormat.BMV2_MAX_GROWTH_BYTES) {
      throw new BadSettings(
          "depth: expected packets to grow by at most "
              + WireFormat.BMV2_MAX_GROWTH_BYTES
              + " bytes; found "
              + growthBytes
              + atDepth);
    }
    int smallest = growthBytes + SMALLEST_FRAME_BYTES;
    if (smallest > settings.maxFrameBytes()) {
      throw new BadSettings(
          "max_frame: expected at least "
              + smallest
              + " bytes, the smallest frame"
              + atDepth
              + "; found "
              + settings.maxFrameBytes());
    }
  }
}
