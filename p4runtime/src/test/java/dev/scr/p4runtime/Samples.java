package dev.scr.p4runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.LongStream;

/** The pipeline that these tests talk about, and the seeds of those that draw lots. */
final class Samples {
  private Samples() {}

  static String p4infoText() {
    return new String(resource("sequencer.p4info.txtpb"), StandardCharsets.UTF_8);
  }

  static P4InfoIndex index() {
    return P4InfoIndex.parse(p4infoText(), "sequencer.p4info.txtpb");
  }

  static byte[] json() {
    return resource("sequencer.json");
  }

  /** {@code -Dseed=N} runs one again, {@code -Dscr.seeds=N} more of them. */
  static LongStream seeds() {
    Long one = Long.getLong("seed");
    return one != null
        ? LongStream.of(one)
        : LongStream.rangeClosed(1, Integer.getInteger("scr.seeds", 200));
  }

  private static byte[] resource(String name) {
    try (InputStream in = Objects.requireNonNull(Samples.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
