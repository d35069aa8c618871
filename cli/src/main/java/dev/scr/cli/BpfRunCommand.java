package dev.scr.cli;

import dev.scr.ebpf.machine.TrapException;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import dev.scr.linux.object.KernelRefusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Run a program of an object, the first one by default, over the packets of a capture: how often"
          + " it returned what, and with --state what its maps hold at the end.",
      "Exit code 1: the program was stopped at an access that it may not make."
    })
final class BpfRunCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private BpfObjectFile input = new BpfObjectFile();

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = Options.EngineName.class,
      description =
          "interpreter, jvm-checked, jvm (without checks where the kernel's verifier accepts the"
              + " program) or kernel; default: jvm-checked.")
  private ReplicaEngine engine = ReplicaEngine.JVM_CHECKED;

  @Option(names = "--state", description = "Also print what the maps hold at the end.")
  private boolean state;

  @Parameters(index = "1", paramLabel = "IN.pcap", description = "The packets: pcap or pcapng.")
  private Path in = Path.of("");

  /** An entry of a map, in hexadecimal. */
  record Entry(String key, String value) {}

  /** A map at the end. */
  record MapState(String name, String type, List<Entry> entries) {}

  /** What JSON says. */
  record Result(
      String file,
      String section,
      String program,
      String engine,
      int packets,
      Map<String, Long> verdicts,
      long skipped,
      @Nullable List<MapState> maps) {}

  @Override
  public Integer call() throws IOException {
    BpfObject object = input.object();
    ProgramSpec spec = input.program(object);
    if (spec.type() != ProgramType.XDP && !spec.type().seesSocketBuffer()) {
      throw CommandFailure.badInput(
          "%s: %s: expected a section for xdp, tc or socket programs; found %s"
              .formatted(input.file(), spec.name(), spec.section()));
    }
    Trace trace = Inputs.trace(in, output);
    ReplicaEngine used = engine == ReplicaEngine.JVM ? trusted(object, spec) : engine;
    try (ObjectRun run = ObjectRun.of(object, spec, used)) {
      Map<String, Long> verdicts = new LinkedHashMap<>();
      long skipped = 0;
      for (int i = 0; i < trace.size(); i++) {
        byte[] packet = trace.bytes(i);
        if (used == ReplicaEngine.KERNEL && !KernelProgram.takes(packet.length)) {
          skipped++;
        } else {
          int returned = handle(run, i, packet, trace.timestampNs(i));
          verdicts.merge(verdict(spec, returned), 1L, Long::sum);
        }
      }
      Result result =
          new Result(
              input.file().toString(),
              spec.section(),
              spec.name(),
              Options.lower(used),
              trace.size(),
              verdicts,
              skipped,
              state ? maps(run) : null);
      output.result(result, text -> print(text, result));
    }
    return ExitCode.DONE.number();
  }

  /** Without checks only what the kernel's verifier has seen: anything else could end this JVM. */
  private ReplicaEngine trusted(BpfObject object, ProgramSpec spec) {
    try (KernelInstance kernel = KernelInstance.create(object)) {
      kernel.program(spec);
      return ReplicaEngine.JVM;
    } catch (KernelRefusal refusal) {
      output.warn("with checks (jvm-checked), because %s", refusal.getMessage());
      return ReplicaEngine.JVM_CHECKED;
    }
  }

  private int handle(ObjectRun run, int number, byte[] packet, long timestampNs) {
    try {
      return run.handle(packet, timestampNs);
    } catch (TrapException trap) {
      throw CommandFailure.checkFailed(
          "%s: packet %d of %s: %s".formatted(input.file(), number, in, trap.getMessage()));
    }
  }

  private static String verdict(ProgramSpec spec, int returned) {
    if (spec.type() != ProgramType.XDP) {
      return String.valueOf(returned);
    }
    return Verdict.of(returned).number() == returned
        ? Options.lower(Verdict.of(returned))
        : "aborted (" + returned + ")";
  }

  private static List<MapState> maps(ObjectRun run) {
    return run.maps().entrySet().stream()
        .map(map ->
            new MapState(
                map.getKey().name(),
                map.getKey().type().toString(),
                map.getValue().stream().map(BpfRunCommand::entry).toList()))
        .toList();
  }

  private static Entry entry(MapEntry entry) {
    HexFormat hex = HexFormat.of();
    return new Entry(hex.formatHex(entry.key()), hex.formatHex(entry.value()));
  }

  private static void print(PrintWriter text, Result result) {
    text.printf(
        "%s: %s (%s) on %s over %d packets: %s%n",
        result.file(),
        result.program(),
        result.section(),
        result.engine(),
        result.packets(),
        result.verdicts());
    if (result.skipped() > 0) {
      text.printf(
          "%d packets skipped: the kernel's test run takes %d to %d bytes%n",
          result.skipped(), KernelProgram.SHORTEST_FRAME, KernelProgram.LONGEST_FRAME);
    }
    if (result.maps() != null) {
      for (MapState map : result.maps()) {
        text.printf("%n%s (%s), %d entries%n", map.name(), map.type(), map.entries().size());
        map.entries().forEach(entry -> text.println(entry.key() + " " + entry.value()));
      }
    }
  }
}
