package dev.scr.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.scr.wire.HistoryLayout;
import dev.scr.wire.ScrField;
import dev.scr.wire.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The committed p4c output belongs to the sources beside it and agrees with the Java side. {@code
 * -Dbless=true} compiles anew and writes.
 */
class CompiledPipelineTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();
  private static final Pattern VERSION = Pattern.compile("Version (\\S+)");
  private static final Path OUTPUT = MODULE.resolve("src/main/resources/dev/scr/pipeline/v1model");

  @ParameterizedTest
  @EnumSource
  void isFresh(PacketProgram program) throws Exception {
    if (Boolean.getBoolean("bless")) {
      compile(program, OUTPUT);
      artifact(program).writeRecord(compilerVersion());
    }
    assertTrue(
        artifact(program).isFresh(),
        () ->
            "p4src/v1model/%s.p4 or a file it includes has changed since its JSON was made: with p4c"
                    .formatted(program.programName())
                + " installed, run mvn test -pl p4src -Dtest=CompiledPipelineTest -Dbless=true");
  }

  @ParameterizedTest
  @EnumSource
  void recompilesToTheSame(PacketProgram program, @TempDir Path scratch) throws Exception {
    String version = compilerVersion();
    assumeTrue(!version.isEmpty(), "p4c-bm2-ss is not installed");
    String recorded = artifact(program).recordedCompiler();
    assumeTrue(
        version.equals(recorded),
        () -> "this is " + version + ", the JSON was made by " + recorded);
    compile(program, scratch);
    for (String suffix : List.of(".json", ".p4info.txtpb")) {
      String name = program.programName() + suffix;
      assertArrayEquals(
          Files.readAllBytes(OUTPUT.resolve(name)),
          Files.readAllBytes(scratch.resolve(name)),
          name + " differs from what p4c makes of the sources");
    }
  }

  @ParameterizedTest
  @EnumSource
  void headerTypesAreTheWireFormat(PacketProgram program) throws IOException {
    JsonNode json = json(program);
    List<String> compiled = new ArrayList<>();
    int offset = 0;
    for (String header : List.of("ethernet_t", "scr_t")) {
      for (JsonNode field : named(json.get("header_types"), header).get("fields")) {
        int bits = field.get(1).asInt();
        compiled.add(field.get(0).asText() + " at " + offset / 8 + ": " + bits + " bits");
        offset += bits;
      }
    }
    List<String> java =
        Arrays.stream(ScrField.values())
            .map(f -> f.fieldName() + " at " + f.offset() + ": " + f.bytes() * 8 + " bits")
            .toList();
    assertEquals(java, compiled);
    assertEquals(WireFormat.HEADER_BYTES * 8, offset);
  }

  @ParameterizedTest
  @EnumSource
  void rowIsTheCompiledProgram(PacketProgram program) throws IOException {
    JsonNode json = json(program);
    JsonNode ring = named(json.get("register_arrays"), "ScrIngress.sequencer.ring");
    assertEquals(program.slotBytes() * 8, ring.get("bitwidth").asInt());
    assertEquals(program.maxDepth(), ring.get("size").asInt());
    assertEquals(program.maxDepth(), named(json.get("header_stacks"), "slots").get("size").asInt());
    JsonNode slot = named(json.get("header_types"), "slot_h").get("fields").get(0);
    assertEquals(program.slotBytes() * 8, slot.get(1).asInt());
    JsonNode spray =
        named(named(json.get("pipelines"), "ingress").get("tables"), "ScrIngress.sequencer.spray");
    assertEquals(WireFormat.MAX_WORKERS, spray.get("max_size").asInt());
    JsonNode header = named(json.get("actions"), "ScrIngress.sequencer.prepend_header");
    assertEquals(WireFormat.ETHERTYPE_SCR, assigned(header, "outer", "ether_type"));
    assertEquals(WireFormat.VERSION, assigned(header, "scr", "version"));
    assertEquals(program.id(), assigned(header, "scr", "program"));
    assertEquals(program.slotBytes(), assigned(header, "scr", "slot_bytes"));
    assertTrue(
        SequencerPipeline.of(program)
            .p4infoText()
            .contains("name: \"" + program.programName() + "\""));
  }

  @ParameterizedTest
  @EnumSource
  void largestDepthStaysWithinWhatBmv2CanGrow(PacketProgram program) {
    int growth = new HistoryLayout(program.maxDepth(), program.slotBytes()).growthBytes();
    assertTrue(growth <= WireFormat.BMV2_MAX_GROWTH_BYTES, growth + " bytes");
  }

  @Test
  void everyProgramFileHasARow() throws IOException {
    try (Stream<Path> files = Files.list(MODULE.resolve("v1model"))) {
      List<String> programs =
          files
              .filter(CompiledPipelineTest::definesAProgram)
              .map(file -> file.getFileName().toString().replace(".p4", ""))
              .sorted()
              .toList();
      assertEquals(
          Arrays.stream(PacketProgram.values()).map(PacketProgram::programName).sorted().toList(),
          programs);
    }
  }

  private static boolean definesAProgram(Path file) {
    try {
      return Files.readString(file).contains("#define PROGRAM_NAME");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CompiledArtifact artifact(PacketProgram program) {
    return new CompiledArtifact(
        List.of(
            MODULE.resolve("shared/define.p4"),
            MODULE.resolve("shared/headers.p4"),
            MODULE.resolve("shared/parser.p4"),
            MODULE.resolve("v1model/sequencer.p4"),
            MODULE.resolve("v1model/switch.p4"),
            MODULE.resolve("v1model/" + program.programName() + ".p4")),
        OUTPUT.resolve(program.programName() + ".record"));
  }

  private static JsonNode json(PacketProgram program) throws IOException {
    return new ObjectMapper().readTree(SequencerPipeline.of(program).deviceConfig());
  }

  private static JsonNode named(JsonNode array, String name) {
    return StreamSupport.stream(array.spliterator(), false)
        .filter(node -> node.get("name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  /** The constant that an action assigns to a header field. */
  private static int assigned(JsonNode action, String header, String field) {
    for (JsonNode primitive : action.get("primitives")) {
      JsonNode parameters = primitive.get("parameters");
      if (primitive.get("op").asText().equals("assign")
          && parameters.get(0).toString().contains("[\"" + header + "\",\"" + field + "\"]")) {
        return Integer.decode(parameters.get(1).get("value").asText());
      }
    }
    throw new AssertionError("nothing assigns " + header + "." + field);
  }

  /** Runs p4c in the sources' folder, so that no path of this machine reaches the JSON. */
  private static void compile(PacketProgram program, Path into) throws Exception {
    String name = program.programName();
    run(
        "p4c-bm2-ss",
        "--p4runtime-files",
        into.resolve(name + ".p4info.txtpb").toString(),
        "-o",
        into.resolve(name + ".json").toString(),
        name + ".p4");
  }

  /** The version of the installed p4c; empty if there is none. */
  private static String compilerVersion() throws Exception {
    try {
      Matcher version = VERSION.matcher(run("p4c-bm2-ss", "--version"));
      return version.find() ? "p4c " + version.group(1) : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(MODULE.resolve("v1model").toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
