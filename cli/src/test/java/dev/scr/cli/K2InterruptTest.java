package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C as a user sends it: to a process of its own, while it works. */
class K2InterruptTest {
  private static final Path OBJECT =
      Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf/counter.o");

  /** What a process that a signal has ended says: 128 and the number of SIGINT. */
  private static final int INTERRUPTED = 130;

  @TempDir Path folder;

  @Test
  void theBestSoFarIsWritten() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/task")), "needs /proc to see threads");
    assumeTrue(!ignoresInterrupts(), "SIGINT is ignored here, as behind nohup or a shell's &");
    Path out = folder.resolve("out.o");
    Process process = endless(out);
    try {
      awaitWork(process);
      assertFalse(Files.exists(out), "written before it was asked for");
      signal(process);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "does not end");
      assertEquals(INTERRUPTED, process.exitValue(), () -> text("err"));
    } finally {
      process.destroyForcibly();
    }
    List<ProgramSpec> before = ProgramFile.read(OBJECT).programs();
    List<ProgramSpec> after = ProgramFile.read(out).programs();
    assertEquals(
        before.stream().map(ProgramSpec::name).toList(),
        after.stream().map(ProgramSpec::name).toList());
    for (int i = 0; i < before.size(); i++) {
      assertTrue(after.get(i).code().slots() <= before.get(i).code().slots());
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of("err", "out", "out.o"),
          files.map(file -> file.getFileName().toString()).sorted().toList(),
          "something is left over");
    }
    Run.of("bpf", "disasm", out).succeeds();
  }

  private static boolean ignoresInterrupts() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
  }

  /** A search that takes hours. */
  private Process endless(Path out) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.scr.cli.Main",
            "k2",
            "optimize",
            OBJECT.toString(),
            "-o",
            out.toString(),
            "--strategy",
            "stochastic",
            "--steps",
            "1000000000",
            "--time-limit",
            "100000")
        .redirectError(folder.resolve("err").toFile())
        .redirectOutput(folder.resolve("out").toFile())
        .start();
  }

  /** Waits for the thread that optimizes, by its name. */
  private void awaitWork(Process process) throws Exception {
    Path tasks = Path.of("/proc/" + process.pid() + "/task");
    for (int i = 0; i < 600 && process.isAlive(); i++) {
      try (Stream<Path> threads = Files.list(tasks)) {
        if (threads.anyMatch(K2InterruptTest::optimizes)) {
          return;
        }
      } catch (IOException _) {
        // It has just begun, or ended.
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no work begins: " + text("err") + text("out"));
  }

  private static boolean optimizes(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).startsWith("optimize ");
    } catch (IOException _) {
      return false; // a thread that has ended
    }
  }

  private static void signal(Process process) throws Exception {
    new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
