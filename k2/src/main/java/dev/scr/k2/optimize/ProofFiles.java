package dev.scr.k2.optimize;

import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes what a proof rests on: for each program a folder with both versions as text, and a script
 * of SMT-LIB 2 for each question to the solver, to which any solver has to answer {@code unsat}.
 */
public final class ProofFiles {
  private ProofFiles() {}

  /**
   * Proves a result once more and writes the questions.
   *
   * @return how many scripts there are
   */
  public static int write(Path folder, ProgramResult result, OptimizerOptions options)
      throws IOException {
    Path own = folder.resolve(result.original().name().replaceAll("[^A-Za-z0-9_.-]", "_"));
    Files.createDirectories(own);
    Files.writeString(own.resolve("original.txt"), result.original().code().toString());
    Files.writeString(own.resolve("result.txt"), result.result().code().toString());
    int[] scripts = new int[1];
    CheckerOptions checking =
        CheckerOptions.DEFAULT
            .withUnaligned(options.goal().target().features().unalignedPackets())
            .withSeed(options.budget().seed());
    try (EquivalenceChecker checker = EquivalenceChecker.create(checking)) {
      Verdict verdict =
          checker.check(
              result.original(),
              result.result(),
              (number, smtLib) -> {
                scripts[0]++;
                write(own.resolve("%05d.smt2".formatted(number)), smtLib);
              });
      Files.writeString(own.resolve("verdict.txt"), text(verdict));
    } catch (UncheckedIOException e) {
      throw new IOException(own + ": " + e.getMessage(), e);
    }
    return scripts[0];
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Equivalent(var statistics) -> "equivalent: " + statistics + "\n";
      case Verdict.Different(var _, String why) -> "different: " + why + "\n";
      case Verdict.Unknown(String reason) -> "unknown: " + reason + "\n";
    };
  }
}
