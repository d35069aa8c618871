package dev.scr.k2.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A file to be written, whole or not at all. */
public final class OutputFile {
  private final Path path;
  private final byte[] bytes;

  OutputFile(Path path, byte[] bytes) {
    this.path = path;
    this.bytes = bytes.clone();
  }

  /** Where it goes. */
  public Path path() {
    return path;
  }

  /** A copy of its contents. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Writes files beside their places, and moves them there when all are written; the first of the
   * list is the last to appear.
   */
  static void writeAll(List<OutputFile> files) throws IOException {
    List<Path> written = new ArrayList<>();
    try {
      for (OutputFile file : files) {
        Path folder = file.path.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(folder, ".scr", ".tmp");
        written.add(temporary);
        Files.write(temporary, file.bytes);
      }
      for (int i = files.size() - 1; i >= 0; i--) {
        Files.move(
            written.get(i),
            files.get(i).path,
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.ATOMIC_MOVE);
      }
    } finally {
      for (Path temporary : written) {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
