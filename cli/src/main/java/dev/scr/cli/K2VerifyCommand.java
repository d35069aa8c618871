package dev.scr.cli;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.trace.PcapWriter;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.Verification;
import dev.scr.k2.validate.Difference;
import dev.scr.k2.validate.Sample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Are programs of two files equivalent? Those of the same name are compared, or the chosen one;"
          + " files that hold one program each are compared whatever their names.",
      "Says equivalent; different, with packets and map contents that show it; or unknown, with the"
          + " reason. Exit code 1: different or unknown."
    })
final class K2VerifyCommand implements Callable<Integer> {
  private static final long MILLISECOND_NS = 1_000_000;

  @Mixin private Output output = new Output();

  @Parameters(index = "0", paramLabel = "A", description = "An object file, or NAME.insns.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  private Path second = Path.of("");

  @Option(
      names = "--section",
      paramLabel = "S",
      description = "A program by its function's name or its section (default: all).")
  private @Nullable String section;

  @Option(
      names = "--pcap",
      paramLabel = "OUT",
      description = "Write the packets that show the first difference there.")
  private @Nullable Path pcap;

  @Option(
      names = "--inputs",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Random inputs before a proof is tried (default: ${DEFAULT-VALUE}).")
  private int inputs = 2_000;

  @Option(names = "--seed", paramLabel = "S", description = "Of the inputs (default: 1).")
  private long seed = 1;

  /** An entry that a map holds before the first packet; hexadecimal. */
  record Entry(String map, String key, String value) {}

  /** Packets, one after the other, of which the last one shows the difference; hexadecimal. */
  record Counterexample(String place, List<String> packets, List<Entry> maps) {}

  /** A pair of programs. */
  record Program(
      String section,
      String name,
      String verdict,
      String reason,
      @Nullable Counterexample counterexample) {}

  /** What JSON says. */
  record Result(String a, String b, String verdict, long seed, List<Program> programs) {}

  /** Two programs to be compared. */
  private record Pair(ProgramSpec original, ProgramSpec other) {}

  @Override
  public Integer call() throws IOException {
    ProgramFile a = ProgramFile.read(first);
    ProgramFile b = ProgramFile.read(second);
    List<Program> programs = new ArrayList<>();
    boolean written = false;
    for (Pair pair : pairs(a, b)) {
      Verification verification = Verification.of(a, pair.original(), pair.other(), inputs, seed);
      programs.add(program(pair.original(), verification));
      if (pcap != null
          && !written
          && verification instanceof Verification.Different(_, Difference input)) {
        write(pcap, input.inputs());
        written = true;
      }
    }
    Result result =
        new Result(first.toString(), second.toString(), overall(programs), seed, programs);
    output.result(result, text -> print(text, result));
    return (result.verdict().equals("equivalent") ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private List<Pair> pairs(ProgramFile a, ProgramFile b) {
    List<ProgramSpec> left = K2Options.chosen(first, a, section);
    if (section == null && left.size() == 1 && b.programs().size() == 1) {
      return List.of(new Pair(left.getFirst(), b.programs().getFirst()));
    }
    return left.stream()
        .map(program -> new Pair(program, K2Options.chosen(second, b, program.name()).getFirst()))
        .toList();
  }

  private static String overall(List<Program> programs) {
    if (programs.stream().anyMatch(p -> p.verdict().equals("different"))) {
      return "different";
    }
    return programs.stream().allMatch(p -> p.verdict().equals("equivalent"))
        ? "equivalent"
        : "unknown";
  }

  private static Program program(ProgramSpec program, Verification verification) {
    return switch (verification) {
      case Verification.Equivalent(String how) ->
          new Program(program.section(), program.name(), "equivalent", how, null);
      case Verification.Unknown(String reason) ->
          new Program(program.section(), program.name(), "unknown", reason, null);
      case Verification.Different(String why, Difference input) ->
          new Program(program.section(), program.name(), "different", why, counterexample(input));
    };
  }

  private static Counterexample counterexample(Difference difference) {
    HexFormat hex = HexFormat.of();
    return new Counterexample(
        difference.place(),
        difference.inputs().stream().map(Sample::toString).toList(),
        difference.maps().entries().stream()
            .map(entry ->
                new Entry(
                    entry.map().name(),
                    hex.formatHex(entry.entry().key()),
                    hex.formatHex(entry.entry().value())))
            .toList());
  }

  private static void write(Path target, List<Sample> packets) throws IOException {
    try (PcapWriter writer = new PcapWriter(target)) {
      for (int i = 0; i < packets.size(); i++) {
        byte[] packet = packets.get(i).bytes();
        writer.write(i * MILLISECOND_NS, packet, packet.length);
      }
      writer.commit();
    }
  }

  private static void print(PrintWriter text, Result result) {
    for (Program program : result.programs()) {
      text.printf(
          "%-10s  %s %s: %s%n",
          program.verdict(), program.section(), program.name(), program.reason());
      Counterexample shown = program.counterexample();
      if (shown != null) {
        shown
            .maps()
            .forEach(entry ->
                text.printf("    map %s %s = %s%n", entry.map(), entry.key(), entry.value()));
        shown.packets().forEach(packet -> text.printf("    packet %s%n", packet));
      }
    }
  }
}
