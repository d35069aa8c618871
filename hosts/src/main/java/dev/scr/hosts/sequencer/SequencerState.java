package dev.scr.hosts.sequencer;

import dev.scr.pipeline.SequencerSettings;

/**
 * Everything that changes when a packet takes a sequence number, the ring's contents apart.
 *
 * @param epoch configuration generation that frames carry
 * @param depth slots of the ring in use
 * @param workers number of workers in the round robin
 * @param index the slot that the next packet overwrites
 * @param valid slots that hold a packet
 * @param hold packets for which the depth may not shrink yet
 * @param nextWorker the worker that the next packet goes to
 * @param sequence number of the last packet that took one
 */
public record SequencerState(
    int epoch,
    int depth,
    int workers,
    int index,
    int valid,
    int hold,
    int nextWorker,
    int sequence) {
  /** A sequencer that has just started. */
  public static final SequencerState START = new SequencerState(0, 0, 0, 0, 0, 0, 0, 0);

  /** The same, as if this many packets had been sequenced before; for tests of the wrap-around. */
  public static SequencerState startingAfter(int sequence) {
    return new SequencerState(0, 0, 0, 0, 0, 0, 0, sequence);
  }

  /** Takes the steps towards the settings that no replica can notice; wire format, "Changing". */
  public SequencerState follow(SequencerSettings settings) {
    return followDepth(settings).followWorkers(settings).followEpoch(settings);
  }

  private SequencerState followDepth(SequencerSettings settings) {
    int wanted = settings.depth();
    if (wanted > depth && index == 0) {
      return new SequencerState(epoch, wanted, workers, valid, valid, hold, nextWorker, sequence);
    }
    boolean enough = settings.workers() <= depth + 1;
    boolean settled = hold == 0 && (workers == settings.workers() || !enough);
    if (wanted < depth && index == wanted && settled) {
      int kept = Math.min(valid, wanted);
      return new SequencerState(epoch, wanted, workers, 0, kept, hold, nextWorker, sequence);
    }
    return this;
  }

  private SequencerState followWorkers(SequencerSettings settings) {
    int wanted = settings.workers();
    if (wanted == workers || (wanted > depth + 1 && settings.depth() != depth)) {
      return this;
    }
    int next = nextWorker >= wanted ? 0 : nextWorker;
    return new SequencerState(epoch, depth, wanted, index, valid, depth, next, sequence);
  }

  private SequencerState followEpoch(SequencerSettings settings) {
    return settings.workers() == workers && settings.depth() == depth
        ? new SequencerState(
            settings.epoch(), depth, workers, index, valid, hold, nextWorker, sequence)
        : this;
  }

  /** After a packet has taken the next number, the oldest slot and the next worker. */
  SequencerState afterPacket() {
    int nextIndex = depth == 0 || index + 1 == depth ? 0 : index + 1;
    return new SequencerState(
        epoch,
        depth,
        workers,
        nextIndex,
        Math.min(valid + 1, depth),
        Math.max(hold - 1, 0),
        nextWorker + 1 == workers ? 0 : nextWorker + 1,
        sequence + 1);
  }
}
