package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scr demo}: the whole thing, equal where it should be, and said where it is not. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DemoCommandTest {
  @TempDir Path folder;

  @Test
  void demoIsEqual() throws Exception {
    JsonNode json =
        Run.of("demo", "--workers", 7, "--depth", 6, "--packets", 5_000, "--seed", 3, "--json")
            .succeeds()
            .json();
    assertTrue(json.get("replicas_equal").asBoolean());
    assertTrue(json.get("verdicts_equal").asBoolean());
    assertEquals(5_000, json.get("packets").asInt());
    assertEquals("embedded", json.get("switch").asText());
    assertEquals(3, json.get("seed").asLong());
    JsonNode verdicts = json.get("verdicts");
    assertEquals(
        5_000,
        verdicts.get("pass").asLong()
            + verdicts.get("drop").asLong()
            + verdicts.get("tx").asLong());
  }

  /**
   * Losses in bursts, late and doubled frames, crashes, and workers that come and go: all equal.
   */
  @Test
  void demoRecoversFromEverything() throws Exception {
    JsonNode json =
        Run.of(
                "demo",
                "--workers",
                3,
                "--packets",
                6_000,
                "--loss",
                0.02,
                "--loss-burst",
                10,
                "--reorder",
                4,
                "--duplicate",
                0.01,
                "--crash",
                0.001,
                "--resize",
                "1000:6,4000:2",
                "--recovery",
                "--seed",
                5,
                "--json")
            .succeeds()
            .json();
    assertTrue(json.get("verdicts_equal").asBoolean(), json.toString());
    assertTrue(json.get("replicas_equal").asBoolean(), json.toString());
    assertEquals(0, json.get("missed").asLong());
    assertTrue(json.get("lost").asLong() > 0);
    assertTrue(json.get("from_peers").asLong() > 0, json.toString());
    assertTrue(json.get("joins").asLong() >= 3, "three workers came");
  }

  @Test
  void demoWithoutRecoverySaysWhatTheLossDid() throws Exception {
    Run.of("demo", "--workers", 3, "--packets", 3_000, "--loss", 0.02, "--seed", 5)
        .fails(ExitCode.CHECK_FAILED);
    Run.of("demo", "--crash", 0.1).fails(ExitCode.BAD_INPUT, "--crash", "--recovery");
    Run.of("demo", "--resize", "10:3").fails(ExitCode.BAD_INPUT, "--resize", "--recovery");
    Run.of("demo", "--resize", "10-3", "--recovery").fails(ExitCode.BAD_INPUT, "PACKET:WORKERS");
    Run.of("demo", "--loss", 0.1, "--loss-burst", 0).fails(ExitCode.BAD_INPUT, "loss burst 0");
    Run.of("demo", "--duplicate", -1).fails(ExitCode.BAD_INPUT, "duplicate rate -1.0");
  }

  @Test
  void demoOfTheOtherProgramOverACapture() {
    Run run = Run.of("demo", "--program", "ddos", "--pcap", TestTrace.in(folder, "mixed", 3_000));
    assertTrue(run.succeeds().out().contains("EQUAL"), run.out());
  }

  @Test
  void tooShallowIsRefusedBeforeTheStart() {
    Run run = Run.of("demo", "--workers", 4, "--depth", 2);
    run.fails(ExitCode.BAD_INPUT, "4 workers need a depth of at least 3", "found 2", "--force");
    assertEquals("", run.out());
  }

  @Test
  void forcedTooShallowTellsTheTruth() throws Exception {
    Run run =
        Run.of(
            "demo",
            "--program",
            "ddos",
            "--workers",
            4,
            "--depth",
            2,
            "--force",
            "--packets",
            3_000,
            "--seed",
            1,
            "--json");
    assertEquals(ExitCode.CHECK_FAILED.number(), run.exitCode(), run.err());
    assertFalse(run.json().get("replicas_equal").asBoolean());
    assertTrue(run.json().get("missed").asLong() > 0);
    assertTrue(run.json().get("first_difference").asText().contains("expected"));
  }

  @Test
  void redundantHistoryRecoversLostFrames() throws Exception {
    JsonNode json =
        Run.of(
                "demo",
                "--workers",
                3,
                "--depth",
                40,
                "--loss",
                0.02,
                "--packets",
                3_000,
                "--seed",
                5,
                "--json")
            .succeeds()
            .json();
    assertTrue(json.get("lost").asLong() > 0);
    assertEquals(json.get("lost"), json.get("recovered"));
  }

  @Test
  void missingBmv2IsNamed() {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":", -1))
            .noneMatch(path -> Files.exists(Path.of(path, "simple_switch_grpc"))),
        "BMv2 is installed here, so that it cannot be missing");
    Run.of("demo", "--switch", "bmv2").fails(ExitCode.ENVIRONMENT, "simple_switch_grpc", "README");
  }
}
