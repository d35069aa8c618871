package dev.scr.pipeline;

import dev.scr.wire.HistoryLayout;
import dev.scr.wire.WireFormat;

/**
 * What a controller asks of a sequencer: the parameters of the P4 action {@code configure}.
 *
 * @param epoch configuration generation, 1 to 65535; 0 says that nobody has configured the
 *     sequencer
 * @param depth number of earlier packets that each frame carries, 0 to 255
 * @param workers number of workers to spray over, 0 to {@link WireFormat#MAX_WORKERS}
 * @param maxFrameBytes longest frame that a worker's port can carry
 * @param passPort port for packets that the program does not look at; 0 drops them
 */
public record SequencerSettings(
    int epoch, int depth, int workers, int maxFrameBytes, int passPort) {
  /** As a sequencer comes up. */
  public static final SequencerSettings UNCONFIGURED = new SequencerSettings(0, 0, 0, 0, 0);

  /** Longest frame that fits the largest MTU of Ethernet hardware (9000 bytes and its header). */
  public static final int DEFAULT_MAX_FRAME_BYTES = 9014;

  /** The port that traffic comes from and passed-through packets return to. */
  public static final int UPLINK_PORT = 1;

  public SequencerSettings {
    requireRange("epoch", epoch, 0xffff);
    requireRange("depth", depth, 0xff);
    requireRange("workers", workers, WireFormat.MAX_WORKERS);
    requireRange("maxFrameBytes", maxFrameBytes, 0xffff);
    requireRange("passPort", passPort, 0x1ff);
  }

  /** The first configuration of a sequencer, with the default ports. */
  public static SequencerSettings first(int depth, int workers) {
    return new SequencerSettings(1, depth, workers, DEFAULT_MAX_FRAME_BYTES, UPLINK_PORT);
  }

  /** The same with another depth and number of workers, one epoch on. */
  public SequencerSettings next(int newDepth, int newWorkers) {
    int nextEpoch = epoch == 0xffff ? 1 : epoch + 1;
    return new SequencerSettings(nextEpoch, newDepth, newWorkers, maxFrameBytes, passPort);
  }

  /** The smallest depth with which every replica sees every packet: one less than the workers. */
  public static int depthFor(int workers) {
    return Math.max(0, workers - 1);
  }

  /** Whether every replica sees every packet under strict round robin. */
  public boolean isDeepEnough() {
    return depth >= depthFor(workers);
  }

  /** The largest number of workers that this depth keeps equal. */
  public int maxEqualWorkers() {
    return depth + 1;
  }

  /** Bytes that a packet grows by. */
  public int growthBytes(int slotBytes) {
    return new HistoryLayout(depth, slotBytes).growthBytes();
  }

  private static void requireRange(String name, int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(name + "=" + value + " is not in 0.." + max);
    }
  }
}
