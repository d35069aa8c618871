package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scr bench} leaves behind; the figures themselves are no test's business. */
class BenchCommandTest {
  @TempDir Path folder;

  @Test
  void handlersLeaveFiguresPlotAndReport() throws Exception {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
    Path out = folder.resolve("made/here");
    JsonNode json =
        Run.of(
                "bench",
                "handlers",
                "--programs",
                "ddos",
                "--depths",
                "0,2",
                "--flows",
                10,
                "--reloads",
                2,
                "--rounds",
                2,
                "--packets",
                20_000,
                "--seed",
                1,
                "--json",
                "--out",
                out)
            .succeeds()
            .json();
    assertEquals(json, new ObjectMapper().readTree(out.resolve("results.json").toFile()));
    assertEquals(4, json.get("points").size());
    assertEquals("handlers", json.get("points").get(0).get("bench").asText());
    assertTrue(json.get("points").get(0).get("measured").asBoolean());
    assertEquals(2, json.get("model").size());
    JsonNode model = json.get("model").get(0);
    assertEquals(
        model.get("t_ns").asDouble(),
        model.get("d_ns").asDouble() + model.get("c1_ns").asDouble(),
        0.02);
    assertTrue(
        model.get("c2_ns").asDouble() > 0 && model.get("r2").asDouble() > 0, model::toString);
    JsonNode comparison = json.get("comparisons").get(1);
    assertEquals(2, comparison.get("depth").asInt());
    assertEquals(2, comparison.get("load_ratios").size());
    assertTrue(comparison.get("ratio").asDouble() > 0);
    assertTrue(comparison.get("bytes_per_packet").asDouble() < 1);
    assertTrue(json.get("machine").get("command").asText().contains("--seed 1"));
    assertEquals(5, Files.readAllLines(out.resolve("results.csv")).size());
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("scr bench handlers"), page);
    assertFalse(page.contains("http://"), "the report is self-contained");
  }

  @Test
  void wrongValuesAreRefusedBeforeTheRun() {
    Run.of("bench", "handlers").fails(ExitCode.BAD_INPUT, "--out");
    Run.of("bench", "handlers", "--out", folder, "--depths", "1,100")
        .fails(ExitCode.BAD_INPUT, "--depths: expected 0 to");
    Run.of("bench", "handlers", "--out", folder, "--reloads", 0)
        .fails(ExitCode.BAD_INPUT, "--reloads: expected 1 to 1000; found 0");
    Run.of("bench").fails(ExitCode.BAD_INPUT, "Usage");
  }
}
