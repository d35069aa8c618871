package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scr bench speed} and {@code scr bench opcodes}: the contract of docs/cli.md. */
class BenchSpeedCommandTest {
  @BeforeEach
  void needsKernel() {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
  }

  @Test
  void bothVersionsRunOnBothEngines() throws Exception {
    JsonNode rows =
        Run.of(
                "bench",
                "speed",
                "--programs",
                "portknock",
                "--depth",
                1,
                "--reloads",
                1,
                "--rounds",
                3,
                "--packets",
                500,
                "--json")
            .succeeds()
            .json()
            .get("rows");
    assertEquals(2, rows.size());
    assertEquals("jvm", rows.get(0).get("engine").asText());
    assertEquals("kernel", rows.get(1).get("engine").asText());
    for (JsonNode row : rows) {
      assertTrue(row.get("slots_after").asInt() < row.get("slots_before").asInt());
      assertTrue(row.get("before_ns").asDouble() > 0);
      assertTrue(row.get("ratio_low").asDouble() <= row.get("ratio").asDouble());
      assertTrue(row.get("ratio").asDouble() <= row.get("ratio_high").asDouble());
    }
  }

  @Test
  void twoFoldersGoTogether(@TempDir Path folder) {
    Run.of("bench", "speed", "--before", folder).fails(ExitCode.BAD_INPUT, "--after");
  }

  @Test
  void everyClassOfOpcodesIsMeasured() throws Exception {
    JsonNode rows =
        Run.of("bench", "opcodes", "--rounds", 1, "--repeat", 10, "--json")
            .succeeds()
            .json()
            .get("rows");
    assertEquals("simple", rows.get(0).get("name").asText());
    assertEquals(10, rows.get(0).get("modelled").asInt());
    assertTrue(rows.size() >= 10);
  }
}
