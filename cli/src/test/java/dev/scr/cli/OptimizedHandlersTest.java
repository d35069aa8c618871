package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.program.Handlers;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.Verification;
import dev.scr.k2.validate.DifferentialOptions;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.DifferentialRun;
import dev.scr.pipeline.CompiledArtifact;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The optimized objects that {@code hosts} ships: made from the objects beside them, as their
 * report says, and doing the same. {@code -Dbless=true} optimizes anew and writes, which takes
 * minutes.
 */
class OptimizedHandlersTest {
  private static final Path OBJECTS =
      Path.of(System.getProperty("scr.root", ".."))
          .resolve("hosts/src/main/resources/dev/scr/hosts/program");

  private static final List<String> OPTIONS =
      List.of(
          "--target", "v3", "--proof", "windows", "--steps", "0", "--inputs", "300", "--seed", "1");

  private static final String EQUIVALENT = "equivalent";

  /** Inputs that are enough to see that an object is not another program's. */
  private static final int INPUTS = 60;

  /** Programs that are proved again at each build; the others are in the nightly one. */
  private static final int LARGEST = Integer.getInteger("scr.seeds", 200) > 1_000 ? 10_000 : 260;

  /** Steps of the verifier, which gives up at a million. */
  private static final long MOST_STEPS = 900_000;

  private static Path original(PacketProgram program) {
    return OBJECTS.resolve(program.programName() + Handlers.ORIGINAL.suffix());
  }

  private static Path optimized(PacketProgram program) {
    return OBJECTS.resolve(program.programName() + Handlers.OPTIMIZED.suffix());
  }

  private static Path report(PacketProgram program) {
    return OBJECTS.resolve(program.programName() + ".optimized.json");
  }

  private static CompiledArtifact artifact(PacketProgram program) {
    return new CompiledArtifact(
        List.of(OBJECTS.resolve(program.programName() + ".record")),
        OBJECTS.resolve(program.programName() + ".optimized.record"));
  }

  @ParameterizedTest
  @EnumSource
  void isFresh(PacketProgram program) throws IOException {
    if (Boolean.getBoolean("bless")) {
      bless(program);
    }
    assertTrue(
        artifact(program).isFresh(),
        () ->
            original(program)
                + " has changed since it was optimized: run mvn test -pl cli -am"
                + " -Dtest=OptimizedHandlersTest -Dbless=true -Dsurefire.failIfNoSpecifiedTests=false");
  }

  private static void bless(PacketProgram program) throws IOException {
    List<Object> arguments =
        new java.util.ArrayList<>(
            List.of("k2", "optimize", original(program), "-o", optimized(program), "--json"));
    arguments.addAll(OPTIONS);
    arguments.addAll(List.of("--time-limit", "3000"));
    JsonNode document = Run.of(arguments.toArray()).succeeds().json();
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode programs = mapper.createArrayNode();
    for (JsonNode found : document.get("programs")) {
      ObjectNode row = programs.addObject();
      for (String key : List.of("name", "slots_before", "slots_after", "proof", "rewrites")) {
        row.set(key, found.get(key));
      }
      row.set("processed_before", found.get("kernel_before").get("processed_insns"));
      row.set("processed_after", found.get("kernel").get("processed_insns"));
    }
    Files.writeString(
        report(program),
        mapper.writerWithDefaultPrettyPrinter().writeValueAsString(programs) + "\n");
    artifact(program).writeRecord("scr k2 optimize " + String.join(" ", OPTIONS));
  }

  @ParameterizedTest
  @EnumSource
  void isWhatItsReportSays(PacketProgram program) throws IOException {
    ProgramFile before = ProgramFile.read(original(program));
    ProgramFile after = ProgramFile.read(optimized(program));
    JsonNode report = new ObjectMapper().readTree(Files.readString(report(program)));
    assertEquals(before.programs().size(), report.size());
    for (JsonNode row : report) {
      String name = row.get("name").asText();
      ProgramSpec original = before.program(name).orElseThrow();
      ProgramSpec optimized = after.program(name).orElseThrow();
      assertEquals(original.code().slots(), row.get("slots_before").asInt(), name);
      assertEquals(optimized.code().slots(), row.get("slots_after").asInt(), name);
      assertTrue(optimized.code().slots() <= original.code().slots(), name);
      assertTrue(
          row.get("processed_after").asLong() < MOST_STEPS,
          () -> name + " is near what the verifier allows");
    }
    int slots = before.programs().stream().mapToInt(p -> p.code().slots()).sum();
    int left = after.programs().stream().mapToInt(p -> p.code().slots()).sum();
    assertTrue(left < slots, "nothing was gained");
  }

  /** What the report calls equivalent is proved once more, the rest runs side by side. */
  @ParameterizedTest
  @EnumSource
  void doesTheSame(PacketProgram program) throws IOException {
    ProgramFile before = ProgramFile.read(original(program));
    ProgramFile after = ProgramFile.read(optimized(program));
    for (JsonNode row : new ObjectMapper().readTree(Files.readString(report(program)))) {
      String name = row.get("name").asText();
      ProgramSpec original = before.program(name).orElseThrow();
      ProgramSpec optimized = after.program(name).orElseThrow();
      boolean proved = row.get("proof").asText().equals(EQUIVALENT);
      if (proved && original.code().slots() <= LARGEST) {
        Verification found = Verification.of(before, original, optimized, INPUTS, 1);
        assertTrue(found instanceof Verification.Equivalent, () -> name + ": " + found);
      } else {
        DifferentialReport found =
            DifferentialRun.run(before, original, optimized, DifferentialOptions.of(INPUTS, 1));
        assertTrue(found.difference().isEmpty(), () -> name + ": " + found.difference());
        assertTrue(found.inputs() > 0, name);
      }
    }
  }
}
