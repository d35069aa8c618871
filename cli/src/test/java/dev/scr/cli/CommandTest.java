package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What all commands have in common by docs/cli.md: documents, and explained mistakes. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CommandTest {
  @TempDir Path folder;

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
    Path trace = TestTrace.in(folder, "zipf", 500);
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
  void programsAndDoctorSpeakJson() throws Exception {
    JsonNode programs = Run.of("programs", "--json").succeeds().json();
    assertEquals("ddos", programs.get(0).get("program").asText());
    assertEquals(4, programs.get(0).get("meta_bytes").asInt());
    JsonNode doctor = Run.of("doctor", "--json").succeeds().json();
    assertEquals("JDK 25", doctor.get(0).get("name").asText());
    assertTrue(doctor.get(0).get("available").asBoolean());
  }
}
