package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scr bench k2}: the contract of docs/cli.md. */
class BenchK2CommandTest {
  @Test
  void everyCandidateIsAnsweredBySomething(@TempDir Path folder) throws Exception {
    JsonNode json =
        Run.of(
                "bench",
                "k2",
                "--windows",
                10,
                "--length",
                4,
                "--seed",
                3,
                "--out",
                folder,
                "--json")
            .succeeds()
            .json();
    assertEquals(
        json, new ObjectMapper().readTree(Files.readString(folder.resolve("results.json"))));
    assertEquals(3, json.get("seed").asInt());
    assertTrue(json.get("checks").asInt() > 0);
    assertTrue(json.get("median_ns").asLong() <= json.get("p99_ns").asLong());
    double shares = 0;
    for (JsonNode share : json.get("answered")) {
      shares += share.asDouble();
    }
    assertEquals(1, shares, 1e-3);
  }

  @Test
  void windowsHaveTwoInstructionsOrMore() {
    Run.of("bench", "k2", "--length", 1).fails(ExitCode.BAD_INPUT, "--length", "2 to 24", "1");
  }
}
