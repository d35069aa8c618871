package dev.scr.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A file that is there as a whole, or as it was before. */
final class WholeFile implements AutoCloseable {
  private final Path target;
  private final Path partial;
  private final BufferedWriter writer;

  private WholeFile(Path target, Path partial, BufferedWriter writer) {
    this.target = target;
    this.partial = partial;
    this.writer = writer;
  }

  /** Starts one; nobody sees it before {@link #finish}. */
  static WholeFile start(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path partial =
        target.resolveSibling(
            ".%s.%d.part".formatted(target.getFileName(), ProcessHandle.current().pid()));
    return new WholeFile(target, partial, Files.newBufferedWriter(partial, StandardCharsets.UTF_8));
  }

  /** Writes one from lines. */
  static void write(Path file, List<String> lines) throws IOException {
    try (WholeFile whole = start(file)) {
      for (String line : lines) {
        whole.line(line);
      }
      whole.finish();
    }
  }

  /** Adds a line. */
  void line(String line) throws IOException {
    writer.write(line);
    writer.newLine();
  }

  /** Puts it in its place. */
  void finish() throws IOException {
    writer.close();
    Files.move(
        partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Leaves nothing behind that is not finished. */
  @Override
  public void close() throws IOException {
    writer.close();
    Files.deleteIfExists(partial);
  }
}
