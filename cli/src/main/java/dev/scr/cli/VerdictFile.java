package dev.scr.cli;

import dev.scr.hosts.live.LiveWorker;
import dev.scr.hosts.program.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A worker's verdicts on their way to a file, or nowhere: a line for each packet. */
record VerdictFile(@Nullable WholeFile file) implements LiveWorker.VerdictSink, AutoCloseable {
  static VerdictFile to(@Nullable Path path) throws IOException {
    return new VerdictFile(path == null ? null : WholeFile.start(path));
  }

  @Override
  public void verdict(int sequence, int verdict) {
    if (file != null) {
      try {
        file.line(Integer.toUnsignedString(sequence) + " " + Options.lower(Verdict.of(verdict)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  void finish() throws IOException {
    if (file != null) {
      file.finish();
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
