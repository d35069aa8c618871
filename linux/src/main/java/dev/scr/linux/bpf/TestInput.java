package dev.scr.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Input of BPF_PROG_TEST_RUN.
 *
 * @param data the frame; for XDP 14 bytes to somewhat less than a page. It is not reset between
 *     repetitions
 * @param context the program's context structure, or empty for the kernel's default
 * @param repeat runs; from 2 on each call first sleeps 16 to 32 ms, so then take hundreds of
 *     thousands
 * @param outputBytes room for the frame as the program leaves it
 * @param liveBatch 0 for a dry run; else the program's verdicts are carried out on real frames, so
 *     many at a time
 */
@SuppressWarnings("ArrayRecordComponent") // Handed to the kernel as they are.
public record TestInput(byte[] data, byte[] context, int repeat, int outputBytes, int liveBatch) {
  private static final int XDP_CONTEXT_BYTES = 24;

  /** The most that a program can grow a frame in a test run. */
  private static final int GROWTH = 512;

  public TestInput {
    if (repeat < 1 || outputBytes < 0 || liveBatch < 0) {
      throw new IllegalArgumentException(
          "test run: expected repeat >= 1, outputBytes >= 0, liveBatch >= 0, found repeat=%d outputBytes=%d liveBatch=%d"
              .formatted(repeat, outputBytes, liveBatch));
    }
  }

  /** One dry run on {@code data}. */
  public static TestInput of(byte[] data) {
    return new TestInput(data, new byte[0], 1, data.length + GROWTH, 0);
  }

  public TestInput repeated(int times) {
    return new TestInput(data, context, times, outputBytes, liveBatch);
  }

  /** For other program types than XDP: their context structure. */
  public TestInput withContext(byte[] structure) {
    return new TestInput(data, structure, repeat, outputBytes, liveBatch);
  }

  /**
   * An XDP context that says on which interface of the calling thread's namespace, and in which of
   * its queues, the frame arrived.
   */
  public TestInput arrivingOn(int interfaceIndex, int queue) {
    byte[] structure =
        ByteBuffer.allocate(XDP_CONTEXT_BYTES)
            .order(ByteOrder.nativeOrder())
            .putInt(0)
            .putInt(data.length)
            .putInt(0)
            .putInt(interfaceIndex)
            .putInt(queue)
            .putInt(0)
            .array();
    return withContext(structure);
  }

  /**
   * Carries out the verdicts, in batches of {@code batch} frames (64 is the kernel's choice, 256
   * its limit). XDP only.
   */
  public TestInput live(int batch) {
    return new TestInput(data, context, repeat, 0, batch);
  }
}
