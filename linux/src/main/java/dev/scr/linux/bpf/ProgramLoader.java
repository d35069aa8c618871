package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * One program's way through BPF_PROG_LOAD: quietly first, and again with a log that grows until it
 * holds everything.
 */
final class ProgramLoader {
  /** Level 4: only the final statistics, a few hundred bytes. */
  private static final int STATISTICS = 4;

  /**
   * Level 1: the steps on the path that is refused; what was found good before is taken out again.
   */
  private static final int REFUSED_PATH = 1 | STATISTICS;

  private static final int EVERY_STEP = 2 | STATISTICS;
  private static final int FIRST_LOG_BYTES = 1 << 12;
  private static final int LARGEST_LOG_BYTES = 1 << 28;

  /** The verifier gives up with EAGAIN when a signal is pending, of which a JVM has its share. */
  private static final int ATTEMPTS = 8;

  private final ProgramSpec spec;

  private ProgramLoader(ProgramSpec spec) {
    this.spec = spec;
  }

  record Loaded(FileDescriptor descriptor, VerifierLog log) {}

  private record Attempt(int result, VerifierLog log) {}

  static Loaded load(ProgramSpec spec, boolean everyStep) {
    ProgramLoader loader = new ProgramLoader(spec);
    Attempt attempt = loader.withGrowingLog(everyStep ? EVERY_STEP : STATISTICS);
    if (attempt.result >= 0) {
      return new Loaded(FileDescriptor.of(attempt.result, "load " + spec), attempt.log);
    }
    Attempt explained = everyStep ? attempt : loader.withGrowingLog(REFUSED_PATH);
    if (explained.result >= 0) {
      // Refused and then accepted: memory was short for a moment. The second answer is as good as
      // any.
      return new Loaded(FileDescriptor.of(explained.result, "load " + spec), explained.log);
    }
    throw new ProgramRefused(spec, -explained.result, explained.log);
  }

  private Attempt withGrowingLog(int level) {
    int bytes = FIRST_LOG_BYTES;
    Attempt attempt = persistently(level, bytes);
    while (attempt.result == -Errno.ENOSPC && bytes < LARGEST_LOG_BYTES) {
      bytes *= 8;
      attempt = persistently(level, bytes);
    }
    return attempt;
  }

  private Attempt persistently(int level, int logBytes) {
    Attempt attempt = once(level, logBytes);
    for (int i = 1; attempt.result == -Errno.EAGAIN && i < ATTEMPTS; i++) {
      attempt = once(level, logBytes);
    }
    return attempt;
  }

  private Attempt once(int level, int logBytes) {
    try (Attribute attribute = new Attribute()) {
      MemorySegment log = attribute.room(logBytes);
      log.set(JAVA_BYTE, 0, (byte) 0);
      attribute
          .set(0, spec.type().number())
          .set(4, spec.slots())
          .point(8, spec.instructions())
          .point(16, cString(spec.license()))
          .set(24, level)
          .set(28, logBytes)
          .point(32, log)
          .set(44, spec.flags())
          .name(48, spec.name())
          .set(68, spec.expectedAttachType());
      spec.debug().ifPresent(debug -> describe(attribute, debug));
      int result = attribute.call(Command.PROGRAM_LOAD);
      return new Attempt(result, VerifierLog.of(log));
    }
  }

  private static void describe(Attribute attribute, ProgramSpec.Debug debug) {
    attribute
        .set(72, debug.btf().fd())
        .set(76, debug.functionRecordBytes())
        .point(80, debug.functions())
        .set(88, records(debug.functions(), debug.functionRecordBytes()))
        .set(92, debug.lineRecordBytes())
        .point(96, debug.lines())
        .set(104, records(debug.lines(), debug.lineRecordBytes()));
  }

  private static int records(byte[] bytes, int recordBytes) {
    return recordBytes == 0 ? 0 : bytes.length / recordBytes;
  }

  private static byte[] cString(String text) {
    return (text + "\0").getBytes(StandardCharsets.UTF_8);
  }
}
