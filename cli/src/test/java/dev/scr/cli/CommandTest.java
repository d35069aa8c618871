package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of docs/cli.md. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CommandTest {
  @TempDir Path folder;

  private Path trace(String kind, int packets) {
    Path file = folder.resolve(kind + ".pcap");
    Run.of("trace", "--kind", kind, "--packets", packets, "--flows", 50, "--seed", 7, file)
        .succeeds();
    return file;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scr", "sharded", "rss++"})
  void strategiesThatPromiseItReplayToTheSequentialResult(String strategy) throws Exception {
    Path trace = trace("zipf", 5_000);
    for (String name : List.of("sequential", strategy)) {
      Run.of(
              "replay",
              "--program",
              "tokenbucket",
              "--strategy",
              name,
              "--workers",
              3,
              trace,
              "--verdicts",
              folder.resolve(name + ".v"),
              "--state",
              folder.resolve(name + ".s"))
          .succeeds();
    }
    for (String end : List.of(".v", ".s")) {
      assertEquals(
          Files.readAllLines(folder.resolve("sequential" + end)),
          Files.readAllLines(folder.resolve(strategy + end)));
    }
  }

  @Test
  void sharedStateReplaysWhereItCan() throws Exception {
    Path trace = trace("single-flow", 5_000);
    for (String name : List.of("shared-atomic", "shared-lock")) {
      JsonNode json =
          Run.of("replay", "--program", "ddos", "--strategy", name, "--json", trace)
              .succeeds()
              .json();
      assertEquals(name, json.get("strategy").asText());
      assertEquals(1_000, json.get("verdicts").get("pass").asInt());
      assertEquals(4_000, json.get("verdicts").get("drop").asInt());
    }
    Run.of("replay", "--program", "portknock", "--strategy", "shared-atomic", trace)
        .fails(ExitCode.BAD_INPUT, "--strategy shared-atomic", "found portknock", "shared-lock");
    Run.of("replay", "--strategy", "sprayed", trace).fails(ExitCode.BAD_INPUT, "rss++");
    Run.of("replay", "--strategy", "sharded", "--engine", "kernel", trace)
        .fails(ExitCode.BAD_INPUT, "--engine kernel");
  }

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
    Run run = Run.of("demo", "--program", "ddos", "--pcap", trace("mixed", 3_000));
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
  void strategiesAgree() throws IOException {
    Path trace = trace("mixed", 2_000);
    for (String program : List.of("ddos", "portknock")) {
      Path a = folder.resolve("a");
      Path b = folder.resolve("b");
      Run.of(
              "replay",
              "--program",
              program,
              "--strategy",
              "sequential",
              "--state",
              a,
              "--verdicts",
              folder.resolve("va"),
              trace)
          .succeeds();
      Run.of(
              "replay",
              "--program",
              program,
              "--workers",
              5,
              "--engine",
              "interpreter",
              "--state",
              b,
              "--verdicts",
              folder.resolve("vb"),
              trace)
          .succeeds();
      assertEquals(-1, Files.mismatch(a, b));
      assertEquals(-1, Files.mismatch(folder.resolve("va"), folder.resolve("vb")));
    }
  }

  @Test
  void sequencedTraceReplays() throws Exception {
    Path trace = trace("zipf", 1_000);
    Path sequenced = folder.resolve("sequenced.pcap");
    Run.of("sequence", "--workers", 3, trace, sequenced).succeeds();
    JsonNode once = Run.of("replay", "--sequenced", "--json", sequenced).succeeds().json();
    JsonNode again = Run.of("replay", "--strategy", "sequential", "--json", trace).json();
    assertEquals(again.get("verdicts"), once.get("verdicts"));
    assertEquals(again.get("state_entries"), once.get("state_entries"));
  }

  @Test
  void sequencersGiveTheSameFile() throws IOException {
    Path trace = trace("mixed", 2_000);
    Path reference = folder.resolve("reference.pcap");
    Path embedded = folder.resolve("embedded.pcap");
    Run.of("sequence", "--workers", 4, trace, reference).succeeds();
    Run.of("sequence", "--workers", 4, "--via", "embedded", trace, embedded).succeeds();
    assertEquals(-1, Files.mismatch(reference, embedded));
  }

  @Test
  void brokenCaptureLeavesNothing() throws IOException {
    Path broken = folder.resolve("broken.pcap");
    Files.writeString(broken, "this is no capture");
    Run.of("sequence", broken, folder.resolve("out.pcap"))
        .fails(ExitCode.BAD_INPUT, broken + ": byte 0: expected a pcap or pcapng file");
    Path cut = folder.resolve("cut.pcap");
    byte[] whole = Files.readAllBytes(trace("zipf", 10));
    Files.write(cut, Arrays.copyOf(whole, whole.length - 5));
    Run.of("replay", "--verdicts", folder.resolve("v"), cut)
        .fails(
            ExitCode.BAD_INPUT, "packet 9: expected 192 bytes, found 187: the file is truncated");
    Run.of("replay", folder.resolve("missing.pcap")).fails(ExitCode.BAD_INPUT, "no such file");
    assertEquals(List.of("broken.pcap", "cut.pcap", "zipf.pcap"), files());
  }

  @Test
  void unknownNamesAndValuesAreExplained() {
    Run.of("demo", "--program", "nat")
        .fails(
            ExitCode.BAD_INPUT,
            "expected one of ddos, heavyhitter, conntrack, tokenbucket, portknock; found 'nat'",
            "scr demo --help");
    Run.of("demo", "--engine", "abacus").fails(ExitCode.BAD_INPUT, "jvm", "abacus");
    Run.of("trace", "--kind", "odd", "x").fails(ExitCode.BAD_INPUT, "single-flow", "odd");
    Run.of("trace", "--kind", "zipf", "--size", 10, folder.resolve("x"))
        .fails(ExitCode.BAD_INPUT, "frameBytes=10");
    Run.of("demo", "--workers", 0)
        .fails(ExitCode.BAD_INPUT, "--workers: expected 1 to 256; found 0");
    Run.of("demo", "--workers", 100).fails(ExitCode.BAD_INPUT, "at most 59");
    Run.of("demo", "--loss", 2).fails(ExitCode.BAD_INPUT, "loss rate 2.0");
    Run.of("dmeo").fails(ExitCode.BAD_INPUT, "dmeo");
    Run.of().fails(ExitCode.BAD_INPUT, "Usage");
  }

  @Test
  void unwritableOutputIsExplained() {
    Run.of("trace", "--kind", "zipf", "--packets", 5, folder.resolve("no/such/folder.pcap"))
        .fails(ExitCode.BAD_INPUT, "no such file");
  }

  @Test
  void parametersDecideAndBadOnesAreExplained() throws Exception {
    Path trace = trace("zipf", 500);
    JsonNode strict =
        Run.of("replay", "--program", "ddos", "--param", "threshold=0", "--json", trace)
            .succeeds()
            .json();
    assertEquals(500, strict.get("verdicts").get("drop").asInt());
    Path file = folder.resolve("p.yaml");
    Files.writeString(file, "knocks: [1, 2]\n");
    Run.of("replay", "--params", file, trace)
        .fails(ExitCode.BAD_INPUT, "p.yaml: knocks: expected 3 whole numbers", "found 1,2");
    Files.writeString(file, "ddos: {threshold: 1, blocked: [10.0.0.1]}\nportknock: {knocks: x}\n");
    Run.of("replay", "--program", "ddos", "--params", file, trace).succeeds();
    Run.of("replay", "--params", file, trace).fails(ExitCode.BAD_INPUT, "knocks", "found x");
    Files.writeString(file, "a: [");
    Run.of("replay", "--params", file, trace).fails(ExitCode.BAD_INPUT, "p.yaml:", "YAML");
    Run.of("demo", "--program", "ddos", "--param", "limit=1")
        .fails(
            ExitCode.BAD_INPUT,
            "--param: limit: expected a parameter of ddos (threshold, blocked)");
    Run.of("demo", "--program", "ddos", "--param", "blocked=10.0.0.300")
        .fails(ExitCode.BAD_INPUT, "IPv4 addresses", "found 10.0.0.300");
    Run.of("demo", "--param", "nat.x=1").fails(ExitCode.BAD_INPUT, "PROGRAM.NAME");
    Run.of("demo", "--param", "threshold").fails(ExitCode.BAD_INPUT, "expected NAME=VALUE");
  }

  @Test
  void everyProgramSaysItsParameters() throws Exception {
    for (JsonNode program : Run.of("programs", "--json").succeeds().json()) {
      assertTrue(program.get("parameters").size() > 0, program.toString());
      for (JsonNode parameter : program.get("parameters")) {
        assertFalse(parameter.get("meaning").asText().isBlank());
        assertTrue(parameter.has("default") && parameter.has("min") && parameter.has("unit"));
      }
    }
  }

  @Test
  void unreachableSwitchIsNamed() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Run.of("ctl", "--target", "127.0.0.1:" + port, "--deadline", 2, "status")
        .fails(ExitCode.SWITCH, "127.0.0.1:" + port);
    Run.of("ctl", "--target", "nonsense", "status").fails(ExitCode.BAD_INPUT, "nonsense");
    Run.of("ctl", "--target", "192.0.2.1:9559", "status").fails(ExitCode.BAD_INPUT, "TLS");
  }

  @Test
  void pipelineThatDoesNotFitItsP4InfoIsRefused() throws IOException {
    Path json = folder.resolve("x.json");
    Files.writeString(json, "{\"__meta__\": {\"version\": [3, 0]}}");
    Run.of("ctl", "pipeline", "push", "--config", json).fails(ExitCode.BAD_INPUT, "version");
    Files.writeString(json, "{ not json");
    Run.of("ctl", "pipeline", "push", "--config", json).fails(ExitCode.BAD_INPUT, "JSON");
    Path p4info = folder.resolve("x.txtpb");
    Files.writeString(p4info, "tables { preamble { id: 1 name: \"a.b\" } }");
    Run.of("ctl", "pipeline", "push", "--p4info", p4info).fails(ExitCode.BAD_INPUT, "expected");
  }

  @Test
  void switchExplainsWhatItCannotRun() throws IOException {
    Run.of("switch").fails(ExitCode.BAD_INPUT, "expected a program (FILE.json) or --no-p4");
    Run.of("switch", "--no-p4", "-i", "eth0").fails(ExitCode.BAD_INPUT, "PORT@INTERFACE", "eth0");
    Run.of("switch", "--no-p4", "--", "--grpc-server-addr", "nowhere")
        .fails(ExitCode.BAD_INPUT, "--grpc-server-addr: expected HOST:PORT; found 'nowhere'");
    Run.of("switch", "--no-p4", "--", "--colour").fails(ExitCode.BAD_INPUT, "after --", "--colour");
    Path json = folder.resolve("x.json");
    Files.writeString(json, "{\"__meta__\": {\"version\": [3, 0]}}");
    Run.of("switch", json).fails(ExitCode.BAD_INPUT, "x.json", "version");
    Files.writeString(json, "{ not json");
    Run.of("switch", json).fails(ExitCode.BAD_INPUT, "x.json");
    Run.of("switch", folder.resolve("none.json")).fails(ExitCode.BAD_INPUT, "no such file");
    Path p4info = folder.resolve("other.txtpb");
    Files.writeString(
        p4info, "tables { preamble { id: 33554433 name: \"ingress.other\" alias: \"other\" } }");
    SequencerPipeline pipeline = SequencerPipeline.of(PacketProgram.DDOS);
    Files.write(json, pipeline.deviceConfig());
    Run.of("switch", "--p4info", p4info, json).fails(ExitCode.BAD_INPUT, "ingress.other");
    Files.writeString(p4info, SequencerPipeline.of(PacketProgram.PORTKNOCK).p4infoText());
    Run.of("switch", "--p4info", p4info, json).fails(ExitCode.BAD_INPUT, "ring", "59", "63");
  }

  @Test
  void portInUseIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      Run.of("switch", "--no-p4", "--", "--grpc-server-addr", address)
          .fails(ExitCode.ENVIRONMENT, address, "in use");
    }
  }

  @Test
  void missingBmv2IsNamed() {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":", -1))
            .noneMatch(path -> Files.exists(Path.of(path, "simple_switch_grpc"))),
        "BMv2 is installed here, so that it cannot be missing");
    Run.of("demo", "--switch", "bmv2").fails(ExitCode.ENVIRONMENT, "simple_switch_grpc", "README");
  }

  @Test
  void programsAndDoctorSpeakJson() throws Exception {
    JsonNode programs = Run.of("programs", "--json").succeeds().json();
    assertEquals("ddos", programs.get(0).get("program").asText());
    assertEquals(4, programs.get(0).get("meta_bytes").asInt());
    JsonNode doctor = Run.of("doctor", "--json").succeeds().json();
    assertEquals("JDK 25", doctor.get(0).get("name").asText());
    assertTrue(doctor.get(0).get("available").asBoolean());
  }
}
