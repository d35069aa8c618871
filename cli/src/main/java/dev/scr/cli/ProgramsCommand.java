package dev.scr.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.wire.HistoryLayout;
import dev.scr.wire.WireFormat;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "programs",
    mixinStandardHelpOptions = true,
    description = "The packet programs, and how many workers each sequencer can feed.")
final class ProgramsCommand implements Callable<Integer> {
  /** History words of 32 bits on Tofino 1: eleven stages of four stateful ALUs (SCR paper, 4.3). */
  private static final int TOFINO_WORDS = 44;

  /** What standard and jumbo Ethernet frames can carry in front of a smallest frame. */
  private static final int STANDARD_FRAME = 1514;

  private static final int SMALLEST_FRAME = 60;

  @Mixin private Output output = new Output();

  /** A field of the metadata. */
  record Field(String name, int offset, int bytes) {}

  /** A row. */
  record Program(
      String program,
      int id,
      int metaBytes,
      List<Field> meta,
      int stateKeyBytes,
      int stateValueBytes,
      int stateEntries,
      int maxWorkersBmv2,
      int maxWorkersTofino,
      int maxWorkersMtu1500,
      List<ParameterRow> parameters) {}

  /** A parameter and its default. */
  record ParameterRow(
      String name,
      String unit,
      @JsonProperty("default") String value,
      long min,
      long max,
      String meaning) {}

  @Override
  public Integer call() {
    List<Program> programs =
        Arrays.stream(PacketProgram.values()).map(ProgramsCommand::describe).toList();
    output.result(
        programs,
        out -> {
          out.println(
              Output.table(
                  List.of(
                      "program",
                      "metadata (bytes)",
                      "state: key → value",
                      "#BMv2",
                      "#Tofino",
                      "#MTU 1500"),
                  programs.stream().map(ProgramsCommand::row).toList()));
          out.println();
          out.printf(
              "Right: most workers that stay equal. BMv2: packets grow by %d bytes at most. Tofino: %d words of"
                  + " 32 bits.%nMTU 1500: a smallest packet (%d bytes) with its history fits a frame of %d bytes.%n",
              WireFormat.BMV2_MAX_GROWTH_BYTES, TOFINO_WORDS, SMALLEST_FRAME, STANDARD_FRAME);
          out.println();
          out.println(
              Output.table(
                  List.of("program", "parameter", "default", "range", "unit", "meaning"),
                  programs.stream().flatMap(ProgramsCommand::parameterRows).toList()));
          out.println();
          out.println(
              "Set them with --param NAME=VALUE or --params FILE on demo, replay and bench.");
        });
    return ExitCode.DONE.number();
  }

  private static Program describe(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    MapSpec state = object.state();
    int slotWords = (program.slotBytes() + 3) / 4;
    int mtuDepth =
        HistoryLayout.maxSlotsWithin(STANDARD_FRAME - SMALLEST_FRAME, program.slotBytes());
    return new Program(
        program.programName(),
        program.id(),
        program.slotBytes(),
        fields(object.metadata()),
        state.keySize(),
        state.valueSize(),
        state.maxEntries(),
        workers(program.maxDepth()),
        workers(TOFINO_WORDS / slotWords),
        workers(mtuDepth),
        object.parameters().stream()
            .map(p -> new ParameterRow(p.name(), p.unit(), p.text(), p.min(), p.max(), p.meaning()))
            .toList());
  }

  private static Stream<List<String>> parameterRows(Program program) {
    return program.parameters().stream()
        .map(parameter ->
            List.of(
                program.program(),
                parameter.name(),
                parameter.value().isEmpty() ? "none" : parameter.value(),
                parameter.unit().equals("addresses")
                    ? "IPv4"
                    : parameter.min() + " .. " + parameter.max(),
                parameter.unit(),
                parameter.meaning()));
  }

  private static int workers(int depth) {
    return Math.min(
        new SequencerSettings(1, depth, 1, 0xffff, 1).maxEqualWorkers(), WireFormat.MAX_WORKERS);
  }

  private static List<Field> fields(Btf.Layout metadata) {
    return metadata.fields().stream()
        .map(field -> new Field(field.name(), field.offset(), field.size()))
        .toList();
  }

  private static List<String> row(Program program) {
    return List.of(
        program.program(),
        program.meta().stream()
                .map(field -> field.name() + " " + field.bytes())
                .collect(Collectors.joining(", "))
            + " = "
            + program.metaBytes(),
        "%d → %d bytes, %d entries"
            .formatted(program.stateKeyBytes(), program.stateValueBytes(), program.stateEntries()),
        String.valueOf(program.maxWorkersBmv2()),
        String.valueOf(program.maxWorkersTofino()),
        String.valueOf(program.maxWorkersMtu1500()));
  }
}
