package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
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

/** {@code scr sequence} and {@code scr replay}: traces in, traces, verdicts and states out. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReplayCommandTest {
  @TempDir Path folder;

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scr", "sharded", "rss++"})
  void strategiesThatPromiseItReplayToTheSequentialResult(String strategy) throws Exception {
    Path trace = TestTrace.in(folder, "zipf", 5_000);
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
    Path trace = TestTrace.in(folder, "single-flow", 5_000);
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
  void strategiesAgree() throws IOException {
    Path trace = TestTrace.in(folder, "mixed", 2_000);
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
    Path trace = TestTrace.in(folder, "zipf", 1_000);
    Path sequenced = folder.resolve("sequenced.pcap");
    Run.of("sequence", "--workers", 3, trace, sequenced).succeeds();
    JsonNode once = Run.of("replay", "--sequenced", "--json", sequenced).succeeds().json();
    JsonNode again = Run.of("replay", "--strategy", "sequential", "--json", trace).json();
    assertEquals(again.get("verdicts"), once.get("verdicts"));
    assertEquals(again.get("state_entries"), once.get("state_entries"));
  }

  @Test
  void sequencersGiveTheSameFile() throws IOException {
    Path trace = TestTrace.in(folder, "mixed", 2_000);
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
    byte[] whole = Files.readAllBytes(TestTrace.in(folder, "zipf", 10));
    Files.write(cut, Arrays.copyOf(whole, whole.length - 5));
    Run.of("replay", "--verdicts", folder.resolve("v"), cut)
        .fails(
            ExitCode.BAD_INPUT, "packet 9: expected 192 bytes, found 187: the file is truncated");
    Run.of("replay", folder.resolve("missing.pcap")).fails(ExitCode.BAD_INPUT, "no such file");
    assertEquals(List.of("broken.pcap", "cut.pcap", "zipf.pcap"), files());
  }
}
