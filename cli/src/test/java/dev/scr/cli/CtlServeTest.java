package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.cli.harness.MissingTool;
import dev.scr.cli.harness.SwitchHarness;
import dev.scr.cli.harness.SwitchKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scr ctl serve} and {@code watch}, in processes of their own where signals matter. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class CtlServeTest {
  private static final int INTERRUPTED = 130;
  private static final int PATIENCE_SECONDS = 600;

  @TempDir Path folder;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private Path file(String text) throws IOException {
    Path written = Files.writeString(folder.resolve("s.new"), text);
    return Files.move(written, folder.resolve("s.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** A command in a process of its own, whose text goes to a file of that name. */
  private Process start(String name, String target, Object... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.scr.cli.Main",
                "ctl",
                "--target",
                target));
    Stream.of(arguments).map(String::valueOf).forEach(command::add);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name).toFile())
            .start();
    processes.add(process);
    return process;
  }

  private String text(String name) throws IOException {
    return Files.exists(folder.resolve(name)) ? Files.readString(folder.resolve(name)) : "";
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        System.nanoTime() < end;
        Thread.sleep(30)) {
      if (condition.call()) {
        return;
      }
    }
    throw new AssertionError(
        "not within " + PATIENCE_SECONDS + " s: " + what + "\n" + text("a") + "\n" + text("b"));
  }

  private static boolean inSync(RunningSwitch running, Path file) {
    Run plan = running.ctl("plan", "--check", file);
    return plan.exitCode() == 0;
  }

  private static boolean ignoresInterrupts() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
  }

  @Test
  void theBackupFollowsWhenThePrimaryIsKilledAndCtrlCIsClean() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "needs /proc");
    Path state = file("program: ddos\nworkers: 3\n");
    try (RunningSwitch running = new RunningSwitch()) {
      Process a = start("a", running.target(), "serve", "--interval", 0.2, state);
      await("a serves", () -> text("a").contains("the switch is what"));
      Process b = start("b", running.target(), "serve", "--interval", 0.2, state);
      await("b waits", () -> text("b").contains("read-only: another client is primary"));
      assertFalse(text("a").contains("read-only"), "nobody steals");

      a.destroyForcibly(); // its connection breaks; it can say nothing
      await("b is primary", () -> text("b").contains("primary with election id"));
      file("program: ddos\nworkers: 4\n");
      await("b works", () -> inSync(running, state));

      assumeTrue(!ignoresInterrupts(), "SIGINT is ignored here, as behind nohup or a shell's &");
      new ProcessBuilder("kill", "-INT", String.valueOf(b.pid())).start().waitFor();
      assertTrue(b.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "does not end");
      assertEquals(INTERRUPTED, b.exitValue(), text("b"));
      assertTrue(text("b").contains("served: connected 1 times"), text("b"));
      assertFalse(text("b").contains("\tat "), text("b"));
    }
  }

  @Test
  void aSwitchThatRestartsGetsEverythingAgainAndFilesAreFollowed() throws Exception {
    Path state = file("program: portknock\nworkers: 3\n");
    try (RunningSwitch running = new RunningSwitch()) {
      start("a", running.target(), "serve", "--interval", 0.2, state);
      await("it is as it should be", () -> inSync(running, state));
      running.stop();
      await("it is missed", () -> text("a").contains("again in"));
      running.startBlank();
      await("it is as it should be again", () -> inSync(running, state));
      JsonNode settings = running.ctl("status", "--json").json().get("settings");
      assertEquals(2, settings.get("epoch").asInt(), "the epoch goes on, so that workers notice");

      file("program: portknock\nworkers: no idea\n");
      await("it is reported", () -> text("a").contains("what it said before goes on"));
      assertTrue(text("a").contains("s.yaml:2:10: workers: expected a whole number"), text("a"));
      running.ctl("--takeover", "workers", "set", 2).succeeds();
      await(
          "what it said before goes on",
          () -> running.ctl("status", "--json").json().get("settings").get("workers").asInt() == 3);
      file("program: ddos\nworkers: 5\ndepth: 6\n");
      await("it is followed", () -> inSync(running, state));
      assertEquals("ddos", running.ctl("program", "get", "--json").json().get("program").asText());
    }
  }

  @Test
  void whatIsNoSequencerIsLeftAlone() throws Exception {
    Path state = file("program: ddos\nworkers: 3\n");
    try (RunningSwitch running = new RunningSwitch()) {
      running.loadForwarder();
      start("a", running.target(), "serve", "--interval", 0.2, state);
      await("it says so", () -> text("a").contains("forwarder") && text("a").contains("--replace"));
      assertEquals(
          "forwarder", running.ctl("program", "get", "--json").json().get("program").asText());
      running.ctl("--takeover", "apply", "--replace", state).succeeds();
      await("it goes on", () -> text("a").contains("the switch is what"));
    }
  }

  @Test
  void bmv2IsServed() throws Exception {
    Path state = file("program: ddos\nworkers: 3\n");
    SwitchHarness bmv2;
    try {
      bmv2 = SwitchKind.BMV2.start();
    } catch (MissingTool e) {
      assumeTrue(false, e.getMessage());
      return;
    }
    try (bmv2) {
      String target = bmv2.p4runtime().toString();
      Process a = start("a", target, "serve", "--interval", 0.2, state);
      await("a serves", () -> text("a").contains("the switch is what"));
      start("b", target, "serve", "--interval", 0.2, state);
      await("b waits", () -> text("b").contains("read-only: another client is primary"));
      JsonNode watched =
          Run.of("ctl", "--target", target, "watch", "--count", 1, "--json").succeeds().json();
      assertTrue(watched.get("samples").get(0).get("primary").asText().startsWith("election id"));
      a.destroyForcibly();
      await("b is primary", () -> text("b").contains("primary with election id"));
      file("program: ddos\nworkers: 4\n");
      await(
          "b works",
          () -> Run.of("ctl", "--target", target, "plan", "--check", state).exitCode() == 0);
    }
  }

  @Test
  void serveSaysInOneDocumentWhatItDid() throws Exception {
    Path state = file("program: ddos\nworkers: 3\n");
    try (RunningSwitch running = new RunningSwitch()) {
      running.ctl("apply", state).succeeds();
      JsonNode json = running.ctl("serve", "--seconds", 1.5, "--json", state).succeeds().json();
      assertEquals(running.target(), json.get("target").asText());
      assertEquals(0, json.get("changes").asInt(), json.toString());
      assertTrue(json.has("in_sync") && json.has("times_primary") && json.has("last_problem"));
      running.ctl("serve", "--seconds", 0.2, state).succeeds();
    }
    Run.of("ctl", "serve", folder.resolve("none")).fails(ExitCode.BAD_INPUT, "no such file");
    Run.of("ctl", "serve").fails(ExitCode.BAD_INPUT, "FILE");
    Run.of("ctl", "serve", "--interval", 0, state)
        .fails(ExitCode.BAD_INPUT, "--interval", "seconds from 0.01", "'0'");
    Run.of("ctl", "--target", "192.0.2.1:9559", "serve", state).fails(ExitCode.BAD_INPUT, "TLS");
    file("program: ddos\n");
    Run.of("ctl", "serve", state).fails(ExitCode.BAD_INPUT, "workers");
    for (String command : List.of("serve", "watch")) {
      assertTrue(
          Run.of("ctl", command, "--help").succeeds().out().contains("Usage: scr ctl " + command));
    }
  }

  @Test
  void watchShowsWhatThereIs() throws Exception {
    try (RunningSwitch running = new RunningSwitch()) {
      Run blank = running.ctl("watch", "--count", 1).succeeds();
      assertTrue(blank.out().contains("expected a sequencer's pipeline; found none"), blank.out());
      assertTrue(blank.out().contains("primary: nobody"), blank.out());
      running.ctl("program", "set", "ddos", "--workers", 3).succeeds();
      JsonNode json =
          running.ctl("watch", "--count", 3, "--interval", 0.05, "--json").succeeds().json();
      assertEquals(3, json.get("samples").size());
      JsonNode sample = json.get("samples").get(2);
      assertEquals("ddos", sample.get("program").asText());
      assertEquals(3, sample.get("settings").get("workers").asInt());
      assertEquals(0, sample.get("counters").get("sequenced").asInt());
      assertTrue(sample.get("problem").isNull(), sample.toString());
      assertTrue(sample.get("primary").asText().startsWith("nobody"), sample.toString());
      Run lines = running.ctl("watch", "--count", 3, "--interval", 0.05).succeeds();
      assertEquals(
          1,
          lines.out().lines().filter(line -> line.contains("ddos: epoch 1")).count(),
          "what stays the same is said once: " + lines.out());
      assertEquals(3, lines.out().lines().filter(line -> line.contains("sequenced 0")).count());
      running.ctl("watch", "--json").fails(ExitCode.BAD_INPUT, "--json", "--count", "found none");
      running.ctl("watch", "--json", "--count", 0).fails(ExitCode.BAD_INPUT, "found 0");
    }
    Run.of("ctl", "--target", "127.0.0.1:1", "watch").fails(ExitCode.SWITCH, "127.0.0.1:1");
  }

  @Test
  void watchSeesArbitrationChangesAndRestarts() throws Exception {
    Path state = file("program: ddos\nworkers: 3\n");
    try (RunningSwitch running = new RunningSwitch()) {
      Process watch = start("a", running.target(), "watch", "--interval", 0.1);
      await("it watches", () -> text("a").contains("primary: nobody"));
      Process serve = start("b", running.target(), "serve", state);
      await("it sees the primary", () -> text("a").contains("primary: election id 21"));
      await("it sees the program", () -> text("a").contains("ddos: epoch 1"));
      serve.destroyForcibly();
      await(
          "it sees that it has gone",
          () -> text("a").contains("primary: nobody; the last had election id 21"));
      running.stop();
      await("it says that the switch has gone", () -> text("a").contains("expected a switch"));
      running.startBlank();
      await("it is back", () -> text("a").contains("found none; push one first"));
      assertTrue(watch.isAlive());
      assumeTrue(!ignoresInterrupts(), "SIGINT is ignored here, as behind nohup or a shell's &");
      new ProcessBuilder("kill", "-INT", String.valueOf(watch.pid())).start().waitFor();
      assertTrue(watch.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "does not end");
      assertEquals(INTERRUPTED, watch.exitValue());
    }
  }
}
