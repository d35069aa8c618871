package dev.scr.hosts.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * What one worker receives, in memory before the measurement begins and gone through again and
 * again, as a network card reuses its receive buffers. Frames start at cache lines of their own.
 * Immutable; freed when nobody refers to it any more.
 */
final class Lane {
  private static final int ALIGNMENT = 64;

  private final MemorySegment memory;
  private final int[] offsets;
  private final int[] lengths;
  private final long[] timestampsNs;
  private final int[] hashes;
  private final int sequenceStep;
  private final double share;

  private Lane(Builder builder, double share) {
    int frames = builder.frames.size();
    offsets = new int[frames];
    lengths = new int[frames];
    timestampsNs = builder.timestampsNs.stream().mapToLong(t -> t).toArray();
    hashes = builder.hashes.stream().mapToInt(h -> h).toArray();
    int end = 0;
    for (int i = 0; i < frames; i++) {
      offsets[i] = end;
      lengths[i] = builder.frames.get(i).length;
      end += (lengths[i] + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    memory = Arena.ofAuto().allocate(Math.max(ALIGNMENT, end), 2 * ALIGNMENT);
    for (int i = 0; i < frames; i++) {
      MemorySegment.copy(
          builder.frames.get(i), 0, memory, ValueLayout.JAVA_BYTE, offsets[i], lengths[i]);
    }
    this.sequenceStep = builder.sequenceStep;
    this.share = share;
  }

  /** Number of frames; 0 for a worker that has nothing to do. */
  int size() {
    return offsets.length;
  }

  MemorySegment memory() {
    return memory;
  }

  int offset(int frame) {
    return offsets[frame];
  }

  int length(int frame) {
    return lengths[frame];
  }

  long timestampNs(int frame) {
    return timestampsNs[frame];
  }

  /** The hash that the network card hands over with the packet. */
  int hash(int frame) {
    return hashes[frame];
  }

  /** How far sequence numbers of neighbours are apart; 0 for frames without history. */
  int sequenceStep() {
    return sequenceStep;
  }

  /** Share of the whole trace's packets that this worker receives, 0 to 1. */
  double share() {
    return share;
  }

  /** Bytes of the longest frame. */
  int longest() {
    int longest = 0;
    for (int length : lengths) {
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** Collects frames. */
  static final class Builder {
    private final List<byte[]> frames = new ArrayList<>();
    private final List<Long> timestampsNs = new ArrayList<>();
    private final List<Integer> hashes = new ArrayList<>();
    private final int sequenceStep;

    Builder(int sequenceStep) {
      this.sequenceStep = sequenceStep;
    }

    void add(byte[] frame, long timestampNs, int hash) {
      frames.add(frame);
      timestampsNs.add(timestampNs);
      hashes.add(hash);
    }

    Lane build(int packetsOfAll) {
      return new Lane(this, (double) frames.size() / packetsOfAll);
    }
  }
}
