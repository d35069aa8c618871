package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.BpfCompiler;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.run.Replay;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Follows docs/add-a-program.md to the letter: its files, in its places, compiled and run. */
class AddAProgramTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FILE =
      Pattern.compile("## \\d\\. [^`\n]*`([^`]+)`\n\n```\\w+\n(.*?)\n```\n", Pattern.DOTALL);
  private static final Pattern ROW =
      Pattern.compile(
          "`dev\\.scr\\.pipeline\\.PacketProgram`: `(\\w+)\\(\"(\\w+)\", (\\d+), (\\d+), (\\d+)\\)`");

  @TempDir private Path copy;

  private String guide = "";

  /** The row that the guide adds. */
  private record Row(String constant, String name, int id, int slotBytes, int maxDepth) {}

  /** A copy of the sources with the guide's files in it. */
  @BeforeEach
  void addTheFiles() throws IOException {
    guide = Files.readString(ROOT.resolve("docs/add-a-program.md"));
    for (String folder : List.of("hosts/src/main/bpf", "p4src/shared", "p4src/v1model")) {
      Files.createDirectories(copy.resolve(folder));
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        for (Path file : files.toList()) {
          Files.copy(file, copy.resolve(folder).resolve(file.getFileName().toString()));
        }
      }
    }
    Matcher file = FILE.matcher(guide);
    int files = 0;
    while (file.find()) {
      Path place = copy.resolve(file.group(1));
      assertTrue(
          Files.isDirectory(place.resolveSibling(".")), place + " is in a folder that exists");
      assertTrue(Files.notExists(place), place + " is new");
      Files.writeString(place, file.group(2) + "\n");
      files++;
    }
    assertEquals(2, files, "the guide has a BPF file and a P4 file");
  }

  private Row row() {
    Matcher row = ROW.matcher(guide);
    assertTrue(row.find(), "the guide has a row of PacketProgram");
    return new Row(
        row.group(1),
        row.group(2),
        Integer.parseInt(row.group(3)),
        Integer.parseInt(row.group(4)),
        Integer.parseInt(row.group(5)));
  }

  @Test
  void theRowIsNewAndLikeTheOthers() throws IOException {
    Row row = row();
    for (PacketProgram program : PacketProgram.values()) {
      assertTrue(program.id() != row.id() && !program.programName().equals(row.name()));
    }
    assertEquals(row.constant(), row.name().toUpperCase(Locale.ROOT));
    String p4 = Files.readString(copy.resolve("p4src/v1model/" + row.name() + ".p4"));
    assertTrue(p4.contains("#define PROGRAM_NAME \"" + row.name() + "\""));
    assertTrue(p4.contains("#define MAX_DEPTH " + row.maxDepth()));
    assertTrue(p4.contains("PROGRAM_ID = " + row.id() + ";"));
    assertTrue(p4.contains("SLOT_BYTES = " + row.slotBytes() + ";"));
    String c = Files.readString(copy.resolve("hosts/src/main/bpf/" + row.name() + ".bpf.c"));
    assertTrue(c.contains("#define PROGRAM_ID " + row.id() + " "));
  }

  @Test
  void itsCommandsAreThoseOfContributing() throws IOException {
    assertTrue(guide.contains("The two commands in [CONTRIBUTING.md](../CONTRIBUTING.md) compile"));
    String contributing = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    assertTrue(contributing.contains("-Dtest=CompiledPipelineTest -Dbless=true"));
    assertTrue(contributing.contains("-Dtest=CompiledObjectTest -Dbless=true"));
  }

  @Test
  void itsReplicasAreEqual() throws Exception {
    assumeTrue(!BpfCompiler.version().isEmpty(), "clang or llvm-strip is not installed");
    Row row = row();
    ProgramObject object = compiled(row);
    assertEquals(row.slotBytes(), object.metadata().size());
    assertEquals(1, object.commands().size());
    SequencerPipeline pipeline =
        new SequencerPipeline(
            row.name(), row.id(), row.slotBytes(), row.maxDepth(), new byte[0], "");
    Seeds.forAll(
        60,
        seed -> {
          ReplicationReport report =
              Simulation.random(object, ProgramObject.SCR, seed).through(pipeline).run();
          assertTrue(report.equal(), report.toString());
          assertEquals(0, report.missed());
        });
  }

  @Test
  void itGuards() throws Exception {
    assumeTrue(!BpfCompiler.version().isEmpty(), "clang or llvm-strip is not installed");
    ProgramObject object = compiled(row());
    TraceSpec manySyns = new TraceSpec(TraceKind.MIXED, 3_000, 4, 64, 1);
    Replay tight =
        Replay.sequential(
            object.with(Map.of("limit", "3")),
            Engine.INTERPRETER,
            TraceGenerator.generate(manySyns));
    Replay loose =
        Replay.sequential(
            object.with(Map.of("limit", "1000000")),
            Engine.INTERPRETER,
            TraceGenerator.generate(manySyns));
    assertTrue(drops(tight) > drops(loose), drops(tight) + " and " + drops(loose));
  }

  private static long drops(Replay replay) {
    return replay.verdicts().stream()
        .filter(verdict -> verdict.orElseThrow() == Verdict.DROP)
        .count();
  }

  /**
   * Of another program's row, whose numbers are the same but for the id, which the pipeline has.
   */
  private ProgramObject compiled(Row row) throws Exception {
    Path object = copy.resolve(row.name() + ".bpf.o");
    BpfCompiler.compile(copy.resolve("hosts/src/main/bpf/" + row.name() + ".bpf.c"), object);
    assertEquals(row.slotBytes(), PacketProgram.PORTKNOCK.slotBytes());
    assertEquals(row.maxDepth(), PacketProgram.PORTKNOCK.maxDepth());
    return new ProgramObject(PacketProgram.PORTKNOCK, BpfObject.read(object));
  }

  @Test
  void itsP4Compiles() throws Exception {
    String name = row().name();
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "p4c-bm2-ss",
                  "--p4runtime-files",
                  copy.resolve(name + ".p4info.txtpb").toString(),
                  "-o",
                  copy.resolve(name + ".json").toString(),
                  name + ".p4")
              .directory(copy.resolve("p4src/v1model").toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "p4c-bm2-ss is not installed");
      return;
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    String info = Files.readString(copy.resolve(name + ".p4info.txtpb"));
    assertTrue(info.contains("name: \"" + name + "\""), info);
    String json = Files.readString(copy.resolve(name + ".json"));
    assertTrue(json.contains("\"name\" : \"ScrIngress.sequencer.ring\""));
  }
}
