package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Cpus;
import java.lang.foreign.MemorySegment;

/**
 * Outcome of BPF_PROG_TEST_RUN.
 *
 * @param returnValue of the last run
 * @param data the frame as the last run left it; empty for live frames
 * @param context the context structure as the last run left it; empty if none was given
 * @param averageNs the kernel's own measure per run: whole nanoseconds, so of no use for small
 *     programs
 * @param threadTimeNs processor time of the calling thread for the whole call; divide by the
 *     repetitions
 */
@SuppressWarnings("ArrayRecordComponent") // Copies to look at.
public record TestResult(
    int returnValue, byte[] data, byte[] context, int averageNs, long threadTimeNs) {
  private static final int LIVE_FRAMES = 1 << 1;

  static TestResult of(BpfProgram program, TestInput input) {
    try (Attribute attribute = new Attribute()) {
      MemorySegment data = attribute.room(input.outputBytes());
      MemorySegment context = attribute.room(input.context().length);
      fill(attribute, program, input, data, context);
      long beforeNs = Cpus.threadTimeNs();
      int result = attribute.call(Command.PROGRAM_TEST_RUN);
      long threadTimeNs = Cpus.threadTimeNs() - beforeNs;
      if (result < 0) {
        throw new SystemCallException(
            "run " + program + " on " + input.data().length + " bytes", -result);
      }
      return new TestResult(
          attribute.get(4),
          filled(data, attribute.get(12)),
          filled(context, attribute.get(44)),
          attribute.get(36),
          threadTimeNs);
    }
  }

  private static void fill(
      Attribute attribute,
      BpfProgram program,
      TestInput input,
      MemorySegment data,
      MemorySegment context) {
    attribute.set(0, program.fd()).set(8, input.data().length).point(16, input.data());
    if (input.liveBatch() == 0) {
      attribute.set(12, (int) data.byteSize()).point(24, data);
    } else {
      attribute.set(64, LIVE_FRAMES).set(72, input.liveBatch());
    }
    attribute.set(32, input.repeat());
    if (input.context().length > 0) {
      attribute.set(40, input.context().length).point(48, input.context());
    }
    if (input.context().length > 0 && input.liveBatch() == 0) {
      attribute.set(44, (int) context.byteSize()).point(56, context);
    }
  }

  private static byte[] filled(MemorySegment room, int bytes) {
    return room.asSlice(0, Math.clamp(bytes, 0, (int) room.byteSize())).toArray(JAVA_BYTE);
  }
}
