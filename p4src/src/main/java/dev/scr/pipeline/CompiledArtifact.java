package dev.scr.pipeline;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The sources of a committed build product, and the record of what it was built from.
 *
 * <p>Compilers for P4 and BPF are not everywhere, so their output is committed with the hash of its
 * sources beside it. The build fails when the sources have moved on, and recompiles and compares
 * where the compiler of the recorded version is installed.
 *
 * @param sources the files that the product depends on, in a fixed order
 * @param record the file that says what the product was built from: two lines, {@code sources
 *     sha256:…} and {@code compiler …}
 */
public record CompiledArtifact(List<Path> sources, Path record) {
  public CompiledArtifact {
    sources = List.copyOf(sources);
  }

  /** The hash of the sources as they are now; file names count, folders and line ends do not. */
  public String sourcesHash() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Path source : sources) {
      all.write((source.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
      all.write(Files.readString(source).replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8));
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(all.toByteArray());
      return "sha256:" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the record names the sources as they are now. */
  public boolean isFresh() throws IOException {
    return Files.exists(record) && recorded("sources ").equals(sourcesHash());
  }

  /** The compiler that the record names; empty without a record. */
  public String recordedCompiler() throws IOException {
    return Files.exists(record) ? recorded("compiler ") : "";
  }

  /** Writes the record for a product that this compiler has just made. */
  public void writeRecord(String compiler) throws IOException {
    Files.writeString(record, "sources " + sourcesHash() + "\ncompiler " + compiler + "\n");
  }

  private String recorded(String key) throws IOException {
    return Files.readAllLines(record).stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()))
        .findFirst()
        .orElse("");
  }
}
