package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.Counterexample;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.proof.Verdict;
import dev.scr.k2.validate.Difference;
import dev.scr.k2.validate.DifferentialOptions;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.DifferentialRun;

/** Whether two programs are equivalent. */
public sealed interface Verification {
  /**
   * They do the same for every input.
   *
   * @param how it is known
   */
  record Equivalent(String how) implements Verification {}

  /**
   * An input shows that they do not.
   *
   * @param why what is different
   */
  record Different(String why, Difference input) implements Verification {}

  /** Neither is known. */
  record Unknown(String reason) implements Verification {}

  /**
   * Compares two programs: the same instructions are equivalent, a run that shows a difference
   * settles it; everything else needs a proof.
   *
   * @param file that the original stands in
   * @param inputs random ones at each place that can run the programs
   */
  static Verification of(
      ProgramFile file, ProgramSpec original, ProgramSpec other, int inputs, long seed) {
    if (original.type() != other.type()) {
      return new Unknown(
          "expected programs of one kind, found %s and %s"
              .formatted(original.type(), other.type()));
    }
    if (!original.maps().equals(other.maps())) {
      return new Unknown("expected programs with the same maps, found other ones");
    }
    if (original.code().equals(other.code())) {
      return new Equivalent("the same instructions");
    }
    DifferentialReport report =
        DifferentialRun.run(file, original, other, DifferentialOptions.of(inputs, seed));
    return report
        .difference()
        .<Verification>map(found -> new Different(found.place() + ": " + found.what(), found))
        .orElseGet(() -> proved(original, other, report, seed));
  }

  private static Verification proved(
      ProgramSpec original, ProgramSpec other, DifferentialReport report, long seed) {
    try (EquivalenceChecker checker =
        EquivalenceChecker.create(CheckerOptions.DEFAULT.withSeed(seed))) {
      return switch (checker.check(original, other)) {
        case Verdict.Equivalent(ProofStatistics proof) ->
            new Equivalent(
                "proved on %s; %d inputs without a difference".formatted(proof, report.inputs()));
        case Verdict.Different(Counterexample input, String why) ->
            new Different(why, Counterexamples.difference(original, input));
        case Verdict.Unknown(String reason) -> new Unknown(unknown(reason, report));
      };
    }
  }

  private static String unknown(String reason, DifferentialReport report) {
    return report.ranNowhere()
        ? reason + "; and they cannot be run here (" + report.reasons() + ")"
        : reason + "; no difference on " + report.inputs() + " inputs";
  }
}
