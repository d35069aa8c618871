package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scr stf}: the contract of docs/cli.md. */
class StfTestCommandTest {
  private static final Path SWITCH =
      Path.of(
          System.getProperty("scr.root", ".."), "softswitch/src/test/resources/dev/scr/softswitch");
  private static final List<String> TESTS = List.of("forwarding", "copies");

  @TempDir Path folder;

  @BeforeEach
  void programsOfTheSameNames() throws IOException {
    for (String test : TESTS) {
      Files.copy(SWITCH.resolve("features.json"), folder.resolve(test + ".json"));
      Files.copy(SWITCH.resolve("golden/" + test + ".stf"), folder.resolve(test + ".stf"));
    }
  }

  private Path test(String name) {
    return folder.resolve(name + ".stf");
  }

  @Test
  void testsPassOneLineEach() {
    Run run = Run.of("stf", test("forwarding"), test("copies")).succeeds();
    assertTrue(run.out().contains("passed   " + test("forwarding")), run.out());
    assertTrue(run.out().contains("2 passed, 0 failed, 0 skipped"), run.out());
    Run.of("stf", "--json-dir", folder, SWITCH.resolve("golden/copies.stf")).succeeds();
  }

  /** The planted fault: an expectation with another byte. */
  @Test
  void aWrongExpectationFailsWithItsPlace() throws Exception {
    String text = Files.readString(test("forwarding"));
    Files.writeString(
        test("forwarding"), text.replaceFirst("(?m)^expect (\\d+) 01 03", "expect $1 01 04"));
    JsonNode json =
        Run.of("stf", "--json", test("forwarding"), test("copies"))
            .fails(ExitCode.CHECK_FAILED, "")
            .json();
    assertEquals(2, json.get("total").asInt());
    assertEquals(1, json.get("passed").asInt());
    JsonNode failure = json.get("failed").get(0);
    assertEquals("embedded", failure.get("engine").asText());
    assertTrue(
        failure.get("expected").asText().contains("forwarding.stf:3: port"), failure::toString);
    assertTrue(failure.get("found").asText().startsWith("0103"), failure::toString);
  }

  @Test
  void whatCannotRunIsSkippedOrRefused() throws Exception {
    Files.delete(folder.resolve("copies.json"));
    JsonNode json = Run.of("stf", "--json", test("forwarding"), test("copies")).succeeds().json();
    assertEquals(1, json.get("total").asInt());
    assertTrue(json.get("skipped").get(0).get("reason").asText().contains("copies.json"));
    Run.of("stf", test("copies")).fails(ExitCode.BAD_INPUT, "--json-dir");
    Run.of("stf", folder.resolve("none.stf")).fails(ExitCode.BAD_INPUT, "found none");
    Files.writeString(test("forwarding"), "pocket 1 00");
    Run.of("stf", test("forwarding")).fails(ExitCode.BAD_INPUT, "forwarding.stf:1");
    Run.of("stf", "--switch", "bmv2", test("forwarding")).fails(ExitCode.BAD_INPUT, "embedded");
  }
}
