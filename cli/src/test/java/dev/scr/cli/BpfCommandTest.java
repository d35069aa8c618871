package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scr bpf}, and the kernel as an engine of other commands: the contract of docs/cli.md. */
class BpfCommandTest {
  private static final Path EBPF =
      Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources");

  @TempDir Path folder;

  private static Path object(String name) {
    return EBPF.resolve("bpf").resolve(name + ".o");
  }

  private static boolean kernel() {
    return Feature.TEST_RUN.probe() instanceof Probe.Available;
  }

  private static void needsKernel() {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
  }

  private Path trace(String kind, int packets) {
    Path file = folder.resolve(kind + ".pcap");
    Run.of("trace", "--kind", kind, "--packets", packets, "--flows", 20, "--seed", 7, file)
        .succeeds();
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"disasm", "run", "load", "test"})
  void everyCommandHasHelp(String command) {
    Run run = Run.of("bpf", command, "--help").succeeds();
    assertTrue(run.out().contains("Usage: scr bpf " + command), run.out());
  }

  @Test
  void disasmShowsMapsFunctionsAndInstructions() throws Exception {
    Run run = Run.of("bpf", "disasm", object("counter")).succeeds();
    assertTrue(run.out().contains("map[idx:1]  state: hash, key 4, value 8 bytes"), run.out());
    assertTrue(run.out().contains("extract:"), run.out());
    JsonNode json =
        Run.of("bpf", "disasm", "--section", "forget", "--json", object("counter"))
            .succeeds()
            .json();
    JsonNode program = json.get("programs").get(0);
    assertEquals("xdp/second", program.get("section").asText());
    JsonNode functions = program.get("functions");
    assertEquals("forget", functions.get(0).get("name").asText());
    assertEquals(0, functions.get(0).get("instructions").get(0).get("slot").asInt());
    Run.of("bpf", "disasm", "--section", "nobody", object("counter"))
        .fails(ExitCode.BAD_INPUT, "xdp count", "found 'nobody'");
  }

  @Test
  void enginesAgreeOnVerdictsAndMaps() throws Exception {
    List<String> engines = new ArrayList<>(List.of("interpreter", "jvm-checked"));
    if (kernel()) {
      engines.addAll(List.of("jvm", "kernel"));
    }
    // Every frame of this kind is long enough for the kernel.
    Path trace = trace("zipf", 2_000);
    JsonNode first = null;
    for (String engine : engines) {
      JsonNode json =
          Run.of("bpf", "run", "--engine", engine, "--state", "--json", object("counter"), trace)
              .succeeds()
              .json();
      assertEquals(engine, json.get("engine").asText());
      assertEquals(2_000, json.get("packets").asInt());
      assertEquals(0, json.get("skipped").asInt());
      first = first == null ? json : first;
      assertEquals(first.get("verdicts"), json.get("verdicts"));
      assertEquals(first.get("maps"), json.get("maps"));
    }
  }

  @Test
  void aWrongAccessIsStoppedWhateverTheEngine() {
    Path trace = trace("single-flow", 3);
    for (String engine : List.of("interpreter", "jvm-checked", "jvm")) {
      Run.of("bpf", "run", "--engine", engine, object("overrun"), trace)
          .fails(ExitCode.CHECK_FAILED, "overrun.o", "packet 0", "insn 1", "readable");
    }
  }

  @Test
  void loadSaysWhatTheVerifierSays() throws Exception {
    if (!kernel()) {
      Run.of("bpf", "load", object("counter")).fails(ExitCode.ENVIRONMENT, "kernel said");
      return;
    }
    JsonNode json = Run.of("bpf", "load", "--json", object("counter")).succeeds().json();
    assertEquals(3, json.get("programs").size());
    assertTrue(json.get("programs").get(0).get("accepted").asBoolean());
    assertTrue(json.get("programs").get(0).get("processed_insns").asLong() > 0);
    Run refused = Run.of("bpf", "load", "--json", object("overrun"));
    assertEquals(ExitCode.CHECK_FAILED.number(), refused.exitCode(), refused.err());
    JsonNode program = refused.json().get("programs").get(0);
    assertTrue(program.get("log_tail").asText().contains("outside of the packet"));
  }

  @Test
  void vectorsPassAndFailuresAreListed() throws Exception {
    JsonNode ours = Run.of("bpf", "test", "--json", EBPF.resolve("vectors")).succeeds().json();
    assertEquals(0, ours.get("failed").size());
    assertEquals(
        ours.get("total").asInt(), ours.get("passed").asInt() + ours.get("skipped").size());
    assertEquals(ours.get("total").asInt(), ours.get("files").asInt() * ours.get("engines").size());
    assertEquals(kernel(), ours.get("not_run").isEmpty());

    Files.writeString(folder.resolve("wrong.data"), "-- asm\nmov %r0, 1\nexit\n-- result\n0x2\n");
    Files.createDirectories(folder.resolve("negative"));
    Files.writeString(
        folder.resolve("negative/accepted.data"), "-- asm\nmov %r0, 1\nexit\n-- result\n0x1\n");
    Run run = Run.of("bpf", "test", "--json", folder);
    assertEquals(ExitCode.CHECK_FAILED.number(), run.exitCode());
    JsonNode failed = run.json().get("failed");
    assertEquals(2 * run.json().get("engines").size(), failed.size());
    assertEquals("negative/accepted.data", failed.get(0).get("file").asText());
    assertEquals("refused", failed.get(0).get("expected").asText());
    assertEquals("interpreter", failed.get(0).get("engine").asText());
    JsonNode last = failed.get(failed.size() - 1);
    assertEquals("0x2", last.get("expected").asText());
    assertEquals("0x1", last.get("found").asText());
  }

  @Test
  void badInputIsNamed() throws IOException {
    Run.of("bpf", "test", folder).fails(ExitCode.BAD_INPUT, "expected .data files");
    Run.of("bpf", "test", folder.resolve("no")).fails(ExitCode.BAD_INPUT, "expected a folder");
    Path broken = folder.resolve("broken.o");
    Files.writeString(broken, "no object");
    for (String command : List.of("disasm", "load")) {
      Run.of("bpf", command, broken).fails(ExitCode.BAD_INPUT, "broken.o", "expected");
    }
    Run.of("bpf", "disasm", folder.resolve("missing.o")).fails(ExitCode.BAD_INPUT, "no such file");
    Run.of("bpf").fails(ExitCode.BAD_INPUT, "Usage");
  }

  @Test
  void replicasInTheKernelDoWhatThoseOfTheJvmDo() throws Exception {
    needsKernel();
    Path trace = trace("mixed", 2_000);
    for (String program : List.of("ddos", "portknock")) {
      for (String engine : List.of("jvm", "kernel")) {
        Run.of(
                "replay",
                "--program",
                program,
                "--workers",
                3,
                "--engine",
                engine,
                "--state",
                folder.resolve("state." + engine),
                "--verdicts",
                folder.resolve("verdicts." + engine),
                trace)
            .succeeds();
      }
      for (String what : List.of("state", "verdicts")) {
        assertEquals(
            -1,
            Files.mismatch(folder.resolve(what + ".jvm"), folder.resolve(what + ".kernel")),
            program + " " + what);
      }
    }
  }

  @Test
  void whatTheKernelCannotDoIsRefusedBeforeTheRun() {
    Path trace = trace("single-flow", 3);
    Run.of("replay", "--engine", "kernel", "--strategy", "sequential", trace)
        .fails(ExitCode.BAD_INPUT, "--engine kernel", "clock");
    if (!kernel()) {
      Run.of("replay", "--engine", "kernel", trace).fails(ExitCode.ENVIRONMENT, "kernel said");
      return;
    }
    Path jumbo = folder.resolve("jumbo.pcap");
    Run.of("trace", "--kind", "zipf", "--packets", 5, "--size", 9_000, jumbo).succeeds();
    Run.of("replay", "--engine", "kernel", jumbo)
        .fails(ExitCode.BAD_INPUT, "expected a frame of 14 to 3520 bytes");
  }
}
