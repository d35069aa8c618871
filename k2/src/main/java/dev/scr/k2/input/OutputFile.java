package dev.scr.k2.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

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
        // With the permissions of any other new file, unlike what createTempFile makes.
        Path temporary = file.path.resolveSibling(".scr-" + UUID.randomUUID() + ".tmp");
        written.add(temporary);
        Files.write(temporary, file.bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
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
