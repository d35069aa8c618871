package dev.scr.cli;

import dev.scr.ebpf.isa.Disassembler;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "disasm",
    mixinStandardHelpOptions = true,
    description = {
      "The maps and programs of an object, with their instructions in llvm-objdump's text.",
      "Each program is shown as it is loaded: the functions that it calls stand behind it, and"
          + " references to maps are indexes into the list of maps. All programs by default."
    })
final class BpfDisasmCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private BpfObjectFile input = new BpfObjectFile();

  /** A map. */
  record MapRow(
      int index, String name, String type, int keyBytes, int valueBytes, int maxEntries) {}

  /** An instruction. */
  record Line(int slot, String text) {}

  /** A function. */
  record Function(String name, List<Line> instructions) {}

  /** A program. */
  record Program(String section, String name, String type, int slots, List<Function> functions) {}

  /** What JSON says. */
  record Result(String file, String license, List<MapRow> maps, List<Program> programs) {}

  @Override
  public Integer call() throws IOException {
    BpfObject object = input.object();
    Result result =
        new Result(
            input.file().toString(),
            object.license(),
            IntStream.range(0, object.maps().size())
                .mapToObj(i -> row(i, object.maps().get(i)))
                .toList(),
            input.programs(object).stream().map(BpfDisasmCommand::program).toList());
    output.result(result, text -> print(text, result));
    return ExitCode.DONE.number();
  }

  private static MapRow row(int index, MapSpec map) {
    return new MapRow(
        index, map.name(), map.type().toString(), map.keySize(), map.valueSize(), map.maxEntries());
  }

  private static Program program(ProgramSpec spec) {
    List<Function> functions =
        IntStream.range(0, spec.functions().size()).mapToObj(f -> function(spec, f)).toList();
    return new Program(
        spec.section(), spec.name(), Options.lower(spec.type()), spec.code().slots(), functions);
  }

  private static Function function(ProgramSpec spec, int number) {
    int from = spec.functions().get(number).index();
    int to =
        number + 1 < spec.functions().size()
            ? spec.functions().get(number + 1).index()
            : spec.code().size();
    List<Line> lines =
        IntStream.range(from, to)
            .mapToObj(i -> new Line(spec.code().slot(i), Disassembler.text(spec.code().get(i))))
            .toList();
    return new Function(spec.functions().get(number).name(), lines);
  }

  private static void print(PrintWriter text, Result result) {
    text.printf("%s: license %s%n", result.file(), result.license());
    for (MapRow map : result.maps()) {
      text.printf(
          "map[idx:%d]  %s: %s, key %d, value %d bytes, %d entries%n",
          map.index(), map.name(), map.type(), map.keyBytes(), map.valueBytes(), map.maxEntries());
    }
    for (Program program : result.programs()) {
      text.printf(
          "%nsection %s: program %s (%s, %d slots)%n",
          program.section(), program.name(), program.type(), program.slots());
      for (Function function : program.functions()) {
        text.println(function.name() + ":");
        function
            .instructions()
            .forEach(line -> text.printf("%8d:  %s%n", line.slot(), line.text()));
      }
    }
  }
}
