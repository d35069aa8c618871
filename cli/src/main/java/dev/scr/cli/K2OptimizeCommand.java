package dev.scr.cli;

import dev.scr.cli.report.K2Programs;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.Optimizer;
import dev.scr.k2.optimize.OptimizerOptions;
import dev.scr.k2.optimize.ProgramResult;
import dev.scr.k2.optimize.ProofFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "optimize",
    mixinStandardHelpOptions = true,
    description = {
      "Make the programs of a file cheaper. IN is an object, or NAME.insns (an array of struct"
          + " bpf_insn) with NAME.maps and perhaps NAME.type beside it: xdp, tc, socket, tracepoint"
          + " or sock_addr (default: xdp). OUT has the same form.",
      "A result is only written if it does what the original does on random inputs, in the"
          + " interpreter and in the kernel, and the kernel's verifier accepts it. What cannot be"
          + " optimized is passed through, with its reason. Ctrl-C keeps the best so far.",
      "Exit code 2: the kernel refuses all chosen programs as they are, and --force is not given."
    })
final class K2OptimizeCommand implements Callable<Integer> {
  private static final List<String> HEADER =
      List.of("program", "section", "# before", "# after", "# s", "kernel", "proof", "reason");

  @Mixin private Output output = new Output();
  @Mixin private K2Options options = new K2Options();

  @Parameters(index = "0", paramLabel = "IN", description = "An object file, or NAME.insns.")
  private Path in = Path.of("");

  @Option(names = "-o", paramLabel = "OUT", required = true, description = "Where the result goes.")
  private Path out = Path.of("");

  @Option(
      names = "--section",
      paramLabel = "S",
      description = "A program by its function's name or its section (default: all).")
  private @Nullable String section;

  @Option(
      names = "--emit-proof",
      paramLabel = "DIR",
      description = "Write the SMT-LIB text of what was proved there.")
  private @Nullable Path proofs;

  @Option(
      names = "--inputs",
      paramLabel = "N",
      converter = Options.Count.class,
      description =
          "Random inputs that results must survive at each place (default: ${DEFAULT-VALUE}).")
  private int inputs = 2_000;

  @Override
  public Integer call() throws IOException {
    ProgramFile file = options.read(in);
    List<ProgramSpec> programs = K2Options.chosen(in, file, section);
    OptimizerOptions chosen = options.options(inputs, Optional.ofNullable(proofs));
    requireFolder();
    long startNs = System.nanoTime();
    List<ProgramResult> results;
    try (Interrupt interrupt = Interrupt.listen();
        Bar bar = Bar.over(String.valueOf(in.getFileName()), total(programs), output)) {
      K2Progress progress = new K2Progress(bar, programs);
      results = Optimizer.optimize(file, programs, chosen, progress, interrupt);
      requireAccepted(results);
      file.write(out, Optimizer.changed(results));
    }
    if (proofs != null) {
      for (ProgramResult result : results) {
        if (result.changed()) {
          ProofFiles.write(proofs, result, chosen);
        }
      }
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    output.result(
        K2Programs.optimized(in.toString(), out.toString(), chosen, seconds, results),
        text -> print(text, results, seconds));
    return ExitCode.DONE.number();
  }

  private static int total(List<ProgramSpec> programs) {
    return programs.stream().mapToInt(p -> p.code().slots()).sum();
  }

  private void requireFolder() {
    Path folder = out.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw CommandFailure.badInput(
          "-o %s: expected a folder that is there; found none at %s".formatted(out, folder));
    }
    if (Files.isDirectory(out)) {
      throw CommandFailure.badInput("-o %s: expected a file; found a folder".formatted(out));
    }
  }

  /** A file of which nothing would load is most likely the wrong one. */
  private void requireAccepted(List<ProgramResult> results) {
    boolean refused = results.stream().allMatch(r -> r.before().refused() && !r.changed());
    if (refused && results.stream().allMatch(r -> r.reason().contains("--force"))) {
      ProgramResult first = results.getFirst();
      throw CommandFailure.badInput(
          "%s: section %s: %s".formatted(in, first.original().section(), first.reason()));
    }
  }

  private void print(PrintWriter text, List<ProgramResult> results, double seconds) {
    text.println(Output.table(HEADER, results.stream().map(K2OptimizeCommand::row).toList()));
    int before = results.stream().mapToInt(ProgramResult::slotsBefore).sum();
    int after = results.stream().mapToInt(ProgramResult::slotsAfter).sum();
    text.printf(
        Locale.ROOT,
        "%n%d slots, before %d (%.1f %% fewer), %.1f s, seed %d: %s%n",
        after,
        before,
        before == 0 ? 0.0 : 100.0 * (before - after) / before,
        seconds,
        options.seed(),
        out);
  }

  static List<String> row(ProgramResult result) {
    return List.of(
        result.original().name(),
        result.original().section(),
        String.valueOf(result.slotsBefore()),
        String.valueOf(result.slotsAfter()),
        String.format(Locale.ROOT, "%.1f", result.seconds()),
        result.after().accepted() ? "accepted" : result.after().refused() ? "refused" : "not asked",
        result.proofText(),
        shortened(result.reason()));
  }

  static String shortened(String reason) {
    return reason.length() > 100 ? reason.substring(0, 99) + "…" : reason;
  }
}
