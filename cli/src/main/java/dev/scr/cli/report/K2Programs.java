package dev.scr.cli.report;

import dev.scr.k2.optimize.Objective;
import dev.scr.k2.optimize.OptimizerOptions;
import dev.scr.k2.optimize.ProgramResult;
import dev.scr.k2.optimize.Published;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.KernelVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code scr k2} says of programs, in its documents; keys are those of docs/cli.md. */
public final class K2Programs {
  private K2Programs() {}

  /** How often a rewrite was applied. */
  public record RewriteCount(String name, int count) {}

  /** Inputs at a place, and why there are none. */
  public record Place(String name, int inputs, int skipped, String reason) {}

  /**
   * The kernel's word; {@code accepted} is null where it could not be asked.
   *
   * @param processedInsns steps of the verifier, null unless it accepts
   */
  public record Kernel(
      @Nullable Boolean accepted,
      String logTail,
      @Nullable Long processedInsns,
      @Nullable Integer machineBytes) {}

  /** A program. */
  public record Program(
      String section,
      String name,
      String type,
      int slotsBefore,
      int slotsAfter,
      double seconds,
      double cpuSeconds,
      List<RewriteCount> rewrites,
      String proof,
      int proofSteps,
      int proofRegions,
      long proofs,
      double solverSeconds,
      int differentialInputs,
      List<Place> differential,
      Kernel kernel,
      Kernel kernelBefore,
      String reason,
      boolean cached,
      boolean complete,
      List<String> wrong) {}

  /** The document of {@code scr k2 optimize}. */
  public record Optimized(
      String file,
      String out,
      String objective,
      String strategy,
      String target,
      long seed,
      double seconds,
      List<Program> programs) {}

  /** Of a file, the programs; {@code reason} says why there are none. */
  public record BenchFile(
      String file,
      @Nullable String reason,
      List<Program> programs,
      @Nullable PublishedRow published) {}

  /** What others have published. */
  public record PublishedRow(int row, int clang, int k2, int merlin) {}

  /** Sums over everything. */
  public record Total(int slotsBefore, int slotsAfter, double seconds, double cpuSeconds) {}

  /** Sums over the programs of K2's table that were there. */
  public record Known(int rows, int clang, int k2, int merlin, int best, int ours) {}

  /** The document of {@code scr k2 bench}. */
  public record Bench(
      Machine machine,
      long seed,
      int inputs,
      List<BenchFile> files,
      Total total,
      @Nullable Known known,
      int mismatches,
      int accepted,
      int acceptedBefore) {}

  /** A program's part of a document. */
  public static Program program(ProgramResult result) {
    return new Program(
        result.original().section(),
        result.original().name(),
        lower(result.original().type()),
        result.slotsBefore(),
        result.slotsAfter(),
        rounded(result.seconds()),
        rounded(result.cpuSeconds()),
        result.rewrites().entrySet().stream()
            .map(e -> new RewriteCount(e.getKey(), e.getValue()))
            .toList(),
        lower(result.proof()),
        result.whole().steps(),
        result.whole().regions(),
        result.proofs(),
        rounded(result.solverSeconds()),
        result.differential().map(DifferentialReport::inputs).orElse(0),
        result.differential().map(K2Programs::places).orElse(List.of()),
        kernel(result.after()),
        kernel(result.before()),
        result.reason(),
        result.cached(),
        result.complete(),
        result.wrong());
  }

  private static List<Place> places(DifferentialReport report) {
    return report.places().stream()
        .map(place -> new Place(place.name(), place.inputs(), place.skipped(), place.reason()))
        .toList();
  }

  private static Kernel kernel(KernelVerdict verdict) {
    return switch (verdict) {
      case KernelVerdict.Accepted(long steps, int machineBytes, int _, String log) ->
          new Kernel(true, log, steps, machineBytes);
      case KernelVerdict.Refused(String logTail, String _) ->
          new Kernel(false, logTail, null, null);
      case KernelVerdict.NotAvailable(String reason) -> new Kernel(null, reason, null, null);
    };
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static double rounded(double seconds) {
    return Math.round(seconds * 1000) / 1000.0;
  }

  /** The document of an optimization. */
  public static Optimized optimized(
      String file, String out, OptimizerOptions options, double seconds, List<ProgramResult> all) {
    Objective objective = options.goal().objective();
    return new Optimized(
        file,
        out,
        lower(objective),
        lower(options.goal().strategy()),
        options.goal().target().name(),
        options.budget().seed(),
        rounded(seconds),
        all.stream().map(K2Programs::program).toList());
  }

  /** What others have published for a file with one program. */
  public static @Nullable PublishedRow published(String file, List<Program> programs) {
    if (programs.size() != 1) {
      return null;
    }
    Optional<Published> row = Published.of(file, programs.getFirst().slotsBefore());
    return row.map(p -> new PublishedRow(p.row(), p.clang(), p.k2(), p.merlin())).orElse(null);
  }

  /** The sums of a bench. */
  public static Bench bench(Machine machine, OptimizerOptions options, List<BenchFile> files) {
    List<Program> all = files.stream().flatMap(file -> file.programs().stream()).toList();
    List<BenchFile> rows = new ArrayList<>();
    files.stream().filter(file -> file.published() != null).forEach(rows::add);
    return new Bench(
        machine,
        options.budget().seed(),
        options.acceptance().inputs(),
        files,
        new Total(
            all.stream().mapToInt(Program::slotsBefore).sum(),
            all.stream().mapToInt(Program::slotsAfter).sum(),
            rounded(all.stream().mapToDouble(Program::seconds).sum()),
            rounded(all.stream().mapToDouble(Program::cpuSeconds).sum())),
        known(rows),
        (int) all.stream().filter(p -> !p.wrong().isEmpty()).count(),
        (int) all.stream().filter(p -> Boolean.TRUE.equals(p.kernel().accepted())).count(),
        (int) all.stream().filter(p -> Boolean.TRUE.equals(p.kernelBefore().accepted())).count());
  }

  private static @Nullable Known known(List<BenchFile> rows) {
    int clang = 0;
    int k2 = 0;
    int merlin = 0;
    int best = 0;
    int ours = 0;
    for (BenchFile file : rows) {
      PublishedRow row = file.published();
      if (row != null) {
        clang += row.clang();
        k2 += row.k2();
        merlin += row.merlin();
        best += Math.min(row.k2(), row.merlin());
        ours += file.programs().getFirst().slotsAfter();
      }
    }
    return rows.isEmpty() ? null : new Known(rows.size(), clang, k2, merlin, best, ours);
  }
}
