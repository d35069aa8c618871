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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scr bench} leaves behind; the figures themselves are no test's business. */
class BenchCommandTest {
  @TempDir Path folder;

  @Test
  void recoveryKeepsReplicasEqualAtEveryRateOfLoss() throws Exception {
    JsonNode rows =
        Run.of(
                "bench",
                "recovery",
                "--programs",
                "ddos",
                "--workers",
                "1,3",
                "--loss",
                "0.02,0.2",
                "--rounds",
                1,
                "--slices",
                2,
                "--frames",
                1_000,
                "--seed",
                1,
                "--json")
            .succeeds()
            .json()
            .get("rows");
    assertEquals(4, rows.size());
    for (JsonNode row : rows) {
      assertTrue(row.get("equal").asBoolean());
      assertTrue(row.get("lost").asLong() > 0);
      assertEquals(0, row.get("joins").asLong(), "no ring is overrun");
      boolean alone = row.get("workers").asInt() == 1;
      assertTrue(row.get(alone ? "left_out" : "recovered").asLong() > 0);
    }
  }

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
    Run.of("bench").fails(ExitCode.BAD_INPUT, "--out");
    Run.of("bench", "throughput", "--out", folder, "--workers", "0,2")
        .fails(ExitCode.BAD_INPUT, "--workers: expected 1 to 64; found 0");
    Run.of("bench", "throughput", "--out", folder, "--dispatch", "dpdk")
        .fails(ExitCode.BAD_INPUT, "af_packet", "found 'dpdk'");
    Run.of("bench", "throughput", "--out", folder, "--traces", "caida")
        .fails(ExitCode.BAD_INPUT, "--traces", "single-flow", "found caida");
    assertFalse(Files.exists(folder.resolve("results.json")));
  }

  @Test
  void throughputLeavesFiguresPlotsAndReport() throws Exception {
    Path capture = folder.resolve("some.pcap");
    Run.of("trace", "--kind", "mixed", "--packets", 3_000, "--flows", 20, capture).succeeds();
    Path out = folder.resolve("made/here");
    JsonNode json =
        Run.of(
                "bench",
                "--quick",
                "--programs",
                "ddos",
                "--strategies",
                "scr,shared-lock,sharded",
                "--workers",
                "1,64",
                "--traces",
                "single-flow," + capture,
                "--dispatch",
                "memory",
                "--seed",
                1,
                "--json",
                "--out",
                out)
            .succeeds()
            .json();
    assertEquals(json, new ObjectMapper().readTree(out.resolve("results.json").toFile()));
    Set<String> keys =
        Set.of(
            "bench",
            "program",
            "strategy",
            "engine",
            "trace",
            "workers",
            "depth",
            "measured",
            "packets_per_second",
            "ns_per_packet",
            "p50_ns",
            "p99_ns",
            "loss",
            "recovery");
    int projected = 0;
    for (JsonNode point : json.get("points")) {
      keys.forEach(key -> assertTrue(point.has(key), key + " in " + point));
      assertEquals(point.get("workers").asInt() == 1, point.get("measured").asBoolean());
      assertTrue(point.get("packets_per_second").asLong() > 0, point.toString());
      projected += point.get("measured").asBoolean() ? 0 : 1;
    }
    assertEquals(4, projected, "scr and sharded on both traces; a shared state is not projected");
    assertEquals(2, json.get("model").size());
    for (String key : Set.of("t_ns", "c1_ns", "c2_ns", "d_ns", "r2")) {
      assertTrue(json.get("model").get(0).has(key), key);
    }
    assertTrue(json.get("machine").get("command").asText().contains("--seed 1"));
    assertEquals(11, Files.readAllLines(out.resolve("results.csv")).size());
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("scr bench throughput") && page.contains("projected"), page);
    assertFalse(page.contains("http://"), "the report is self-contained");
    boolean plots = Files.exists(out.resolve("throughput-ddos-single-flow-memory.svg"));
    assertEquals(plots, page.contains("data:image/svg+xml;base64,"));
    assumeTrue(plots, "no plots: this Java has no fonts");
  }
}
