package dev.scr.hosts.worker;

import dev.scr.hosts.program.Verdict;
import java.util.Arrays;

/**
 * What one worker did, frame by frame: sequence number and verdict, and how many packets it missed
 * just before. Written by the worker's thread, read after it has ended.
 */
public final class WorkerLog {
  private int[] sequences = new int[1 << 10];
  private byte[] verdicts = new byte[1 << 10];
  private int[] missedBefore = new int[1 << 10];
  private int size;

  void append(int sequence, int returned, int missed) {
    if (size == sequences.length) {
      sequences = Arrays.copyOf(sequences, size * 2);
      verdicts = Arrays.copyOf(verdicts, size * 2);
      missedBefore = Arrays.copyOf(missedBefore, size * 2);
    }
    sequences[size] = sequence;
    verdicts[size] = (byte) Verdict.of(returned).number();
    missedBefore[size++] = missed;
  }

  /** Number of frames handled. */
  public int size() {
    return size;
  }

  /** Sequence number of a frame. */
  public int sequence(int frame) {
    return sequences[frame];
  }

  /** Verdict on a frame's packet. */
  public Verdict verdict(int frame) {
    return Verdict.of(verdicts[frame]);
  }

  /** Packets up to this frame's that no frame carried to this worker. */
  public int missedBefore(int frame) {
    return missedBefore[frame];
  }
}
