package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.controlplane.session.ElectionId;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scr ctl program}, {@code plan} and {@code apply}, on the embedded switch. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CtlStateTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void programIsSetAndKeepsWhatFits() throws Exception {
    try (RunningSwitch running = new RunningSwitch()) {
      assertTrue(running.ctl("program", "get").succeeds().out().startsWith("no pipeline"));
      running.ctl("program", "set", "portknock").succeeds();
      running.ctl("workers", "set", 4, "--depth", 5).succeeds();
      running.ctl("ports", "set", 2, 40).succeeds();

      JsonNode set = running.ctl("program", "set", "ddos", "--json").succeeds().json();
      assertTrue(set.get("changed").asBoolean());
      assertFalse(set.get("hitless").asBoolean());
      assertEquals("portknock", set.get("changes").get(0).get("before").asText());
      assertEquals("ddos", set.get("changes").get(0).get("after").asText());
      assertEquals(1, set.get("changes").size(), "nothing else changes: " + set);
      assertEquals(5, set.get("settings").get("depth").asInt());
      assertEquals(4, set.get("settings").get("workers").asInt());
      assertEquals(2, set.get("settings").get("epoch").asInt(), "the epoch goes on");
      assertEquals(40, set.get("ports").get(2).get("port").asInt());

      JsonNode got = running.ctl("program", "get", "--json").json();
      assertEquals("ddos", got.get("program").asText());
      assertEquals(4, got.get("slot_bytes").asInt());

      JsonNode again = running.ctl("program", "set", "ddos", "--json").succeeds().json();
      assertFalse(again.get("changed").asBoolean());
      assertEquals(2, again.get("settings").get("epoch").asInt(), "no write, no epoch");
    }
  }

  @Test
  void programThatDoesNotFitIsRefusedWithTheReason() throws Exception {
    try (RunningSwitch running = new RunningSwitch()) {
      running.ctl("program", "set", "ddos", "--workers", 20).succeeds();
      running
          .ctl("program", "set", "conntrack")
          .fails(
              ExitCode.BAD_INPUT,
              "conntrack cannot have these settings: depth: expected 0..14",
              "found 19",
              "Nothing is changed");
      assertEquals("ddos", running.ctl("status", "--json").json().get("program").asText());
      JsonNode set =
          running
              .ctl("program", "set", "conntrack", "--workers", 3, "--depth", 2, "--json")
              .succeeds()
              .json();
      assertEquals(3, set.get("ports").size(), "ports of the others are gone");
      running.ctl("program", "set", "conntrack", "--depth", 1).fails(ExitCode.BAD_INPUT, "--force");
      running.ctl("program", "set", "conntrack", "--depth", 1, "--force").succeeds();
      running.ctl("program", "set", "nat").fails(ExitCode.BAD_INPUT, "one of ddos", "found 'nat'");
      running.ctl("program", "set").fails(ExitCode.BAD_INPUT, "PROGRAM");
    }
  }

  @Test
  void planPrintsAndWritesNothing() throws Exception {
    Path state = file("s.yaml", "program: ddos\nworkers: 3\nports: [{worker: 1, port: 9}]\n");
    try (RunningSwitch running = new RunningSwitch()) {
      String plan = running.ctl("plan", state).succeeds().out();
      assertTrue(plan.contains("+ program          ddos"), plan);
      assertTrue(plan.contains("+ workers          3"), plan);
      assertTrue(plan.contains("worker 1: port 9"), plan);
      assertTrue(plan.contains("5 changes to make"), plan);
      assertEquals(
          ExitCode.CHECK_FAILED.number(), running.ctl("plan", "--check", state).exitCode());
      running.ctl("apply", "--dry-run", state).succeeds();
      assertTrue(running.ctl("program", "get").out().startsWith("no pipeline"), "nothing written");

      running.ctl("apply", state).succeeds();
      JsonNode done = running.ctl("plan", "--check", "--json", state).succeeds().json();
      assertTrue(done.get("in_sync").asBoolean());
      assertEquals(0, done.get("changes").size());
      running.ctl("workers", "set", 4, "--depth", 3).succeeds();
      JsonNode drift = running.ctl("plan", "--json", state).succeeds().json();
      assertFalse(drift.get("in_sync").asBoolean());
      assertTrue(drift.get("hitless").asBoolean());
      assertEquals(
          List.of("workers", "depth", "port"), names(drift.get("changes")), drift.toString());
      assertEquals(4, drift.get("changes").get(0).get("before").asInt());
      assertEquals(3, drift.get("changes").get(0).get("after").asInt());
      assertTrue(drift.get("changes").get(2).get("after").isNull(), "worker 3 loses its port");
    }
  }

  private static List<String> names(JsonNode changes) {
    List<String> names = new ArrayList<>();
    changes.forEach(change -> names.add(change.get("what").asText()));
    return names;
  }

  /**
   * From anything to anything: what is read back is what the file says, and the second time nothing
   * changes.
   */
  @Test
  void applyEndsAtTheFileFromAnywhere() throws Exception {
    long[] seeds =
        Long.getLong("seed") != null
            ? new long[] {Long.getLong("seed")}
            : LongStream.rangeClosed(1, 12).toArray();
    try (RunningSwitch running = new RunningSwitch()) {
      for (long seed : seeds) {
        String context = "-Dseed=" + seed;
        SplittableRandom random = new SplittableRandom(seed);
        PacketProgram program =
            List.of(PacketProgram.values()).get(random.nextInt(PacketProgram.values().length));
        int workers = random.nextInt(1, Math.min(10, program.maxDepth() + 1));
        int depth = workers - 1 + random.nextInt(4);
        int moved = random.nextInt(workers);
        int port = random.nextInt(1, 511);
        Path state =
            file(
                "s.json",
                """
                {"program": "%s", "workers": %d, "depth": %d, "max_frame_bytes": 3000, "pass_port": 3,
                 "ports": [{"worker": %d, "port": %d, "dst_mac": "02:00:00:00:00:0a"}]}
                """
                    .formatted(program.programName(), workers, depth, moved, port));
        JsonNode applied = running.ctl("apply", "--json", state).succeeds().json();
        JsonNode status = running.ctl("status", "--json").json();
        assertEquals(program.programName(), status.get("program").asText(), context);
        JsonNode settings = status.get("settings");
        assertEquals(applied.get("settings"), settings, context);
        assertEquals(workers, settings.get("workers").asInt(), context);
        assertEquals(depth, settings.get("depth").asInt(), context);
        assertEquals(3000, settings.get("max_frame_bytes").asInt(), context);
        assertEquals(3, settings.get("pass_port").asInt(), context);
        assertEquals(workers, status.get("ports").size(), context);
        for (JsonNode at : status.get("ports")) {
          int worker = at.get("worker").asInt();
          assertEquals(worker == moved ? port : worker + 2, at.get("port").asInt(), context);
        }
        JsonNode again = running.ctl("apply", "--json", state).succeeds().json();
        assertFalse(again.get("changed").asBoolean(), context);
        assertEquals(settings, again.get("settings"), context + ": not even the epoch");
      }
    }
  }

  @Test
  void applyLeavesPortsThatTheSequencerMayStillUse() throws Exception {
    Path state = file("s.yaml", "program: ddos\nworkers: 2\n");
    try (RunningSwitch running = new RunningSwitch()) {
      running.ctl("program", "set", "ddos", "--workers", 4, "--depth", 1, "--force").succeeds();
      JsonNode applied = running.ctl("apply", "--json", state).succeeds().json();
      assertEquals("[2,3]", applied.get("left").toString());
      assertEquals(4, applied.get("ports").size());
      JsonNode again = running.ctl("apply", "--json", state).succeeds().json();
      assertEquals("[]", again.get("left").toString());
      assertEquals(2, again.get("ports").size());
    }
  }

  @Test
  void whatIsNoSequencerIsReplacedOnlyWhenSaidSo() throws Exception {
    Path state = file("s.yaml", "program: ddos\nworkers: 2\n");
    try (RunningSwitch running = new RunningSwitch()) {
      running.loadForwarder();
      String plan = running.ctl("plan", state).succeeds().out();
      assertTrue(plan.contains("- program          forwarder"), plan);
      assertTrue(plan.contains("needs --replace"), plan);
      running.ctl("apply", state).fails(ExitCode.SWITCH, "forwarder", "--replace");
      running.ctl("program", "set", "ddos").fails(ExitCode.SWITCH, "forwarder", "--replace");
      running.ctl("apply", "--replace", state).succeeds();
      running.ctl("plan", "--check", state).succeeds();
    }
  }

  @Test
  void applyIsForThePrimaryController() throws Exception {
    Path state = file("s.yaml", "program: ddos\nworkers: 2\n");
    try (RunningSwitch running = new RunningSwitch();
        P4RuntimeSession other =
            P4RuntimeSession.connect(
                SessionOptions.of(SwitchAddress.parse(running.target()))
                    .withElectionId(ElectionId.parse("7")))) {
      assertTrue(other.primacy().mayWrite());
      running.ctl("apply", state).fails(ExitCode.SWITCH, "primary", "--takeover");
      running.ctl("plan", state).succeeds();
      running.ctl("--takeover", "apply", state).succeeds();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "workers: 2 | s.yaml:1:1: expected program: and its value; found none",
        "program: ddos | expected workers: and its value; found none",
        "program: nat | s.yaml:1:10: program: expected one of ddos, heavyhitter",
        "[1, 2] | s.yaml:1:1: expected names with values (name: value); found a list",
        "program: ddos\\nworkers: 2\\ncores: 3 | s.yaml:3:8: cores: expected one of program, workers, depth, max_frame_bytes, pass_port, ports; found the name 'cores'",
        "program: ddos\\nworkers: two | s.yaml:2:10: workers: expected a whole number from 0 to 256; found 'two'",
        "program: ddos\\nworkers: 1.5 | workers: expected a whole number from 0 to 256; found '1.5'",
        "program: ddos\\nworkers: '2' | workers: expected a whole number from 0 to 256; found '2'",
        "program: ddos\\nworkers: 2\\nworkers: 3 | s.yaml:3:1: workers: expected each name once; found it again",
        "program: conntrack\\nworkers: 4\\ndepth: 15 | s.yaml:3:8: depth: expected a whole number from 0 to 14; found '15'",
        "program: conntrack\\nworkers: 40 | s.yaml:2:10: workers: depth: expected 0..14, the slots of the compiled ring; found 39",
        "program: ddos\\nworkers: 4\\ndepth: 1 | s.yaml:3:8: depth: expected depth >= workers - 1",
        "program: ddos\\nworkers: 4\\nmax_frame_bytes: 60 | s.yaml:3:18: max_frame_bytes: max_frame: expected at least 112 bytes",
        "program: ddos\\nworkers: 4\\npass_port: 512 | pass_port: expected a whole number from 0 to 511; found '512'",
        "program: ddos\\nworkers: 4\\nports: {worker: 1} | s.yaml:3:8: ports: expected a list of workers' ports; found names with values",
        "program: ddos\\nworkers: 4\\nports:\\n  - {port: 1} | s.yaml:4:5: ports[0]: expected worker: and its value; found none",
        "program: ddos\\nworkers: 4\\nports: [{worker: 4}] | ports[0].worker: expected a worker below 4, the number of workers; found '4'",
        "program: ddos\\nworkers: 4\\nports: [{worker: 1}, {worker: 1}] | ports[1]: expected each worker once; found worker 1 again",
        "program: ddos\\nworkers: 4\\nports: [{worker: 1, port: 0}] | ports[0].port: expected a whole number from 1 to 510; found '0'",
        "program: ddos\\nworkers: 4\\nports: [{worker: 1, dst_mac: 12}] | ports[0].dst_mac: expected six pairs of hexadecimal digits",
        "program: &x ddos\\nworkers: *x | workers: expected a value; found an alias (*x)",
        "program: ddos\\nworkers: 4\\n---\\nprogram: ddos | expected the end of the document; found more",
        "program: ddos\\nworkers: [4 | expected YAML; found",
        "`` | expected names with values (name: value); found nothing",
      })
  void badFilesAreExplained(String text, String message) throws Exception {
    Path state = file("s.yaml", text.replace("\\n", "\n"));
    for (String command : List.of("plan", "apply")) {
      Run run = Run.of("ctl", "--target", "127.0.0.1:1", command, state);
      run.fails(ExitCode.BAD_INPUT, message, state.toString());
      assertEquals("", run.out());
    }
  }

  @Test
  void badJsonAndMissingFilesAreExplained() throws Exception {
    Path json = file("s.json", "{\"program\": \"ddos\", \"workers\": 2,}");
    Run.of("ctl", "plan", json).fails(ExitCode.BAD_INPUT, "s.json:1:", "expected JSON");
    Run.of("ctl", "plan", folder.resolve("none.yaml")).fails(ExitCode.BAD_INPUT, "no such file");
    Run.of("ctl", "apply").fails(ExitCode.BAD_INPUT, "FILE");
    Run.of("ctl", "plan", folder).fails(ExitCode.BAD_INPUT);
    Path large = folder.resolve("large.yaml");
    Files.write(large, new byte[(1 << 20) + 1]);
    Run.of("ctl", "plan", large).fails(ExitCode.BAD_INPUT, "1048576 bytes");
  }

  @Test
  void unreachableSwitchIsNamed() throws Exception {
    Path state = file("s.yaml", "program: ddos\nworkers: 2\n");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    for (String command : List.of("plan", "apply")) {
      Run.of("ctl", "--target", "127.0.0.1:" + port, "--deadline", 5, command, state)
          .fails(ExitCode.SWITCH, "127.0.0.1:" + port);
    }
  }

  /** Whatever bytes a file has, it is read or refused with a message. */
  @Test
  void mutatedFilesNeverCrash() throws Exception {
    byte[] good =
        "program: ddos\nworkers: 3\ndepth: 2\nports:\n  - {worker: 0, port: 7, dst_mac: \"02:00:00:00:00:07\"}\n"
            .getBytes(StandardCharsets.UTF_8);
    long seed = Long.getLong("seed", 1);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = good.clone();
      for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      String name = random.nextBoolean() ? "m.yaml" : "m.json";
      try {
        var _ = StateFile.of(SourceTree.parse(Path.of(name), bytes), false);
      } catch (CommandFailure e) {
        assertFalse(String.valueOf(e.getMessage()).isBlank(), "-Dseed=" + seed + " input " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"program get", "program set", "plan", "apply"})
  void everyCommandHasHelp(String command) {
    List<Object> words = new ArrayList<>(List.of("ctl"));
    words.addAll(List.of(command.split(" ")));
    words.add("--help");
    assertTrue(Run.of(words.toArray()).succeeds().out().contains("Usage: scr ctl " + command));
  }
}
