package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scr k2}: the contract of docs/cli.md. */
class K2CommandTest {
  private static final Path OBJECTS =
      Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf");

  @TempDir Path folder;
  private Path wasteful = Path.of("");
  private Path small = Path.of("");
  private Path other = Path.of("");

  private static Instruction set(int register, int value) {
    return new Alu(Width.W64, AluOp.MOV, Reg.of(register), new Imm(value));
  }

  private Path insns(String name, Instruction... code) throws IOException {
    Path file = folder.resolve(name + ".insns");
    Files.write(file, Codec.encode(List.of(code)));
    Files.writeString(folder.resolve(name + ".maps"), "");
    return file;
  }

  @BeforeEach
  void programs() throws IOException {
    wasteful = insns("wasteful", set(0, 1), set(3, 7), set(0, 2), new Exit());
    small = insns("small", set(0, 2), new Exit());
    other = insns("other", set(0, 1), new Exit());
  }

  private static boolean kernel() {
    return Feature.TEST_RUN.probe() instanceof Probe.Available;
  }

  @ParameterizedTest
  @ValueSource(strings = {"optimize", "verify", "bench"})
  void everyCommandHasHelp(String command) {
    Run run = Run.of("k2", command, "--help").succeeds();
    assertTrue(run.out().contains("Usage: scr k2 " + command), run.out());
  }

  @Test
  void insnsBecomeFewerInTheSameForm() throws Exception {
    Path out = folder.resolve("out.insns");
    Files.writeString(folder.resolve("wasteful.type"), "xdp\n");
    JsonNode json =
        Run.of("k2", "optimize", wasteful, "-o", out, "--seed", 5, "--json").succeeds().json();
    assertArrayEquals(Files.readAllBytes(small), Files.readAllBytes(out));
    assertTrue(Files.exists(folder.resolve("out.maps")));
    assertEquals("xdp\n", Files.readString(folder.resolve("out.type")));
    assertEquals(5, json.get("seed").asInt());
    JsonNode program = json.get("programs").get(0);
    assertEquals(4, program.get("slots_before").asInt());
    assertEquals(2, program.get("slots_after").asInt());
    assertEquals("equivalent", program.get("proof").asText());
    assertTrue(program.get("differential_inputs").asInt() >= 2_000);
    assertTrue(program.get("rewrites").get(0).get("count").asInt() > 0);
    for (String key :
        List.of("section", "seconds", "cpu_seconds", "proofs", "solver_seconds", "kernel")) {
      assertTrue(program.has(key), key);
    }
    assertEquals(kernel(), program.get("kernel").get("accepted").asBoolean(false));
    assertTrue(program.get("kernel").has("log_tail"));
    assertEquals(kernel(), program.get("kernel").get("processed_insns").asInt() > 0);
  }

  @Test
  void objectsKeepTheirOtherPrograms() throws Exception {
    Path out = folder.resolve("out.o");
    Run run = Run.of("k2", "optimize", OBJECTS.resolve("counter.o"), "-o", out).succeeds();
    assertTrue(run.out().contains("slots, before"), run.out());
    JsonNode before = Run.of("bpf", "disasm", "--json", OBJECTS.resolve("counter.o")).json();
    JsonNode after = Run.of("bpf", "disasm", "--json", out).succeeds().json();
    assertEquals(before.get("maps"), after.get("maps"));
    assertEquals(before.get("programs").size(), after.get("programs").size());
    if (kernel()) {
      Run.of("bpf", "load", out).succeeds();
    }
  }

  @Test
  void oneSectionAloneCanBeChosen() throws Exception {
    Path out = folder.resolve("out.o");
    JsonNode json =
        Run.of(
                "k2",
                "optimize",
                OBJECTS.resolve("counter.o"),
                "-o",
                out,
                "--section",
                "forget",
                "--json")
            .succeeds()
            .json();
    assertEquals(1, json.get("programs").size());
    Run.of("k2", "optimize", OBJECTS.resolve("counter.o"), "-o", out, "--section", "nobody")
        .fails(ExitCode.BAD_INPUT, "xdp count", "found 'nobody'");
  }

  @Test
  void whatTheKernelRefusesIsSaidAndNothingIsWritten() throws Exception {
    assumeTrue(kernel(), "bpf(2) is not available");
    Path refused =
        insns("refused", new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 80), new Exit());
    Path out = folder.resolve("out.insns");
    Run.of("k2", "optimize", refused, "-o", out)
        .fails(ExitCode.BAD_INPUT, "refuses", "bpf_context", "--force");
    assertFalse(Files.exists(out));
    Run.of("k2", "optimize", refused, "-o", out, "--force").succeeds();
    assertTrue(Files.exists(out));
  }

  @Test
  void badInputIsNamedAndLeavesNothing() throws IOException {
    Path out = folder.resolve("out.insns");
    Path broken = folder.resolve("broken.o");
    Files.writeString(broken, "no object");
    Run.of("k2", "optimize", broken, "-o", out).fails(ExitCode.BAD_INPUT, "broken.o", "expected");
    Run.of("k2", "optimize", folder.resolve("no.insns"), "-o", out)
        .fails(ExitCode.BAD_INPUT, "no such file");
    Run.of("k2", "optimize", wasteful, "-o", folder.resolve("no/out.insns"))
        .fails(ExitCode.BAD_INPUT, "expected a folder");
    Run.of("k2", "optimize", wasteful, "-o", out, "--target", "v9")
        .fails(ExitCode.BAD_INPUT, "--target", "v9");
    Files.writeString(folder.resolve("wasteful.type"), "kprobe");
    Run.of("k2", "optimize", wasteful, "-o", out).fails(ExitCode.BAD_INPUT, "wasteful.type");
    assertFalse(Files.exists(out));
  }

  @Test
  void verifySaysWhatItKnows() throws Exception {
    Run.of("k2", "verify", small, small).succeeds();
    Run proved = Run.of("k2", "verify", wasteful, small).succeeds();
    assertTrue(
        proved.out().contains("equivalent") && proved.out().contains("proved"), proved.out());
    Path pcap = folder.resolve("shown.pcap");
    Run run = Run.of("k2", "verify", small, other, "--pcap", pcap, "--json");
    assertEquals(ExitCode.CHECK_FAILED.number(), run.exitCode());
    JsonNode json = run.json();
    assertEquals("different", json.get("verdict").asText());
    JsonNode program = json.get("programs").get(0);
    assertTrue(program.get("reason").asText().contains("expected to return 2, found 1"));
    assertEquals(1, program.get("counterexample").get("packets").size());
    assertTrue(Files.size(pcap) > 24);
    assertTrue(
        Run.of("k2", "verify", small, other)
            .fails(ExitCode.CHECK_FAILED)
            .out()
            .contains("different"));
  }

  @Test
  void verifyNeedsTheSameProgramsInBothFiles() {
    Run.of("k2", "verify", OBJECTS.resolve("counter.o"), small)
        .fails(ExitCode.BAD_INPUT, "small.insns", "expected --section");
  }

  @Test
  void benchHasARowPerProgramAndWritesItsResults() throws Exception {
    Path results = folder.resolve("results");
    Files.writeString(folder.resolve("broken.o"), "no object");
    JsonNode json =
        Run.of("k2", "bench", folder, "--out", results, "--inputs", 200, "--jobs", 2, "--json")
            .succeeds()
            .json();
    assertEquals(4, json.get("files").size());
    JsonNode broken = json.get("files").get(0);
    assertEquals("broken.o", broken.get("file").asText());
    assertTrue(broken.get("reason").asText().contains("expected"));
    assertEquals(8, json.get("total").get("slots_before").asInt());
    assertEquals(6, json.get("total").get("slots_after").asInt());
    assertEquals(0, json.get("mismatches").asInt());
    assertTrue(Files.exists(results.resolve("results.json")));
    assertArrayEquals(
        Files.readAllBytes(small), Files.readAllBytes(results.resolve("optimized/wasteful.insns")));
    Run.of("k2", "bench", folder.resolve("none")).fails(ExitCode.BAD_INPUT, "expected a folder");
  }

  @Test
  void theCacheAnswersTheSecondTime() throws Exception {
    Path cache = folder.resolve("cache");
    Path out = folder.resolve("out.insns");
    for (boolean known : List.of(false, true)) {
      JsonNode json =
          Run.of("k2", "optimize", wasteful, "-o", out, "--cache", cache, "--json")
              .succeeds()
              .json();
      assertEquals(known, json.get("programs").get(0).get("cached").asBoolean());
      assertEquals(2, json.get("programs").get(0).get("slots_after").asInt());
    }
  }
}
