package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs a folder of vectors on engines. A vector in a folder named {@code negative}, or with a
 * section {@code error}, must not yield its result: it is refused when it is read or loaded,
 * stopped when it runs, or returns something else.
 */
public final class VectorRunner {
  /** Folder name of vectors that must be refused. */
  private static final String NEGATIVE = "negative";

  private final List<VectorEngine> engines;

  /** A runner on these engines. */
  public VectorRunner(List<VectorEngine> engines) {
    this.engines = List.copyOf(engines);
  }

  /** A vector that did not do on an engine what it says. */
  public record Failure(String file, String engine, String expected, String found) {}

  /** A vector that an engine cannot run. */
  public record Skip(String file, String engine, String reason) {}

  /**
   * What happened.
   *
   * @param total number of pairs of vector and engine
   * @param passed number of those that did what the vector says
   */
  public record Report(int total, int passed, List<Failure> failed, List<Skip> skipped) {}

  /**
   * Runs all {@code .data} files below a folder, sorted by name; {@code progress} is told each
   * file.
   */
  public Report run(Path folder, Consumer<String> progress) throws IOException {
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder)) {
      files = tree.filter(f -> f.toString().endsWith(".data")).sorted().toList();
    }
    List<Failure> failed = new ArrayList<>();
    List<Skip> skipped = new ArrayList<>();
    for (Path file : files) {
      String name = folder.relativize(file).toString();
      progress.accept(name);
      String text = Files.readString(file);
      boolean negative = isNegative(folder, file, text);
      for (VectorEngine engine : engines) {
        run(name, text, negative, engine, failed, skipped);
      }
    }
    int total = files.size() * engines.size();
    return new Report(
        total, total - failed.size() - skipped.size(), List.copyOf(failed), List.copyOf(skipped));
  }

  /** Runs all {@code .data} files below a folder. */
  public Report run(Path folder) throws IOException {
    return run(folder, _ -> {});
  }

  private static boolean isNegative(Path folder, Path file, String text) {
    if (Vector.expectsRefusal(text) || NEGATIVE.equals(nameOf(folder))) {
      return true;
    }
    for (Path part : folder.relativize(file)) {
      if (NEGATIVE.equals(part.toString())) {
        return true;
      }
    }
    return false;
  }

  private static String nameOf(Path folder) {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  private void run(
      String name,
      String text,
      boolean negative,
      VectorEngine engine,
      List<Failure> failed,
      List<Skip> skipped) {
    String expected = negative ? "refused" : "a result";
    try {
      Vector vector = Vector.parse(name, text);
      // A vector that must be refused is for every engine: that it cannot run there is the point.
      Optional<String> exclusion = negative ? Optional.empty() : engine.exclusion(vector);
      if (exclusion.isPresent()) {
        skipped.add(new Skip(name, engine.name(), exclusion.get()));
        return;
      }
      expected = negative ? "refused" : hex(vector.result().orElseThrow());
      long found = engine.run(vector);
      boolean same = vector.result().isEmpty() || found == vector.result().getAsLong();
      if (same == negative) {
        failed.add(new Failure(name, engine.name(), expected, hex(found)));
      }
    } catch (BpfException refused) {
      if (!negative) {
        failed.add(new Failure(name, engine.name(), expected, refused.getMessage()));
      }
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
