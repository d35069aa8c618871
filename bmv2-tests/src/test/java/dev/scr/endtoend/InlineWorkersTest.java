package dev.scr.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers in front of an application, as {@code docs/run-on-a-switch.md} sets them up, to the
 * letter: client, embedded switch, controller, two workers that send on what passes, and an
 * application that gets exactly that. In namespaces of its own, where the guide's names are free.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class InlineWorkersTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  /** Names of namespaces, and processes, that nobody else sees. */
  private static final List<String> SHELL =
      List.of(
          "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash");

  private static final String NAMESPACES =
      "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up || exit 1\n";

  private static final String START =
      """
      set -m
      scr() { "$SCR_JAVA" -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp "$SCR_CLASSES" dev.scr.cli.Main "$@"; }
      """;

  @TempDir Path folder;

  /** A block of the guide: what to type, or what one sees. */
  private record Block(String language, String text) {}

  private static List<Block> guide() throws IOException {
    String page =
        Files.readString(
            Path.of(System.getProperty("scr.root", ".."), "docs", "run-on-a-switch.md"));
    String section = page.substring(page.indexOf("\n## 5. "));
    return BLOCK
        .matcher(section)
        .results()
        .map(found -> new Block(found.group(1), found.group(2)))
        .toList();
  }

  private static void assumePossible() throws Exception {
    var lacks = Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW);
    assumeTrue(lacks.isEmpty(), () -> "network namespaces: " + lacks.orElseThrow());
    for (String tool : List.of("bash", "ip", "unshare", "ethtool", "sysctl", "ss", "socat")) {
      assumeTrue(MininetNetwork.onPath(tool).isPresent(), tool + " is not installed (apt install)");
    }
    Process probe =
        new ProcessBuilder(Stream.concat(SHELL.stream(), Stream.of("-c", NAMESPACES)).toList())
            .redirectErrorStream(true)
            .start();
    String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(probe.waitFor() == 0, () -> "namespaces of one's own: " + said.strip());
  }

  /** A shell into which somebody types, and what it shows. */
  private record Shell(Process process, BufferedWriter keys, Path screen) {
    void type(String text) throws IOException {
      keys.write(text);
      keys.flush();
    }

    String shown() throws IOException {
      return Files.readString(screen, StandardCharsets.UTF_8);
    }

    /** Waits until a file has a line that begins so. */
    void await(Path file, String line) throws Exception {
      Pattern pattern = Pattern.compile("(?m)^" + line);
      while (!Files.exists(file) || !pattern.matcher(Files.readString(file)).find()) {
        assertTrue(
            process.isAlive(),
            () -> "the shell has ended while '%s' is awaited:%n%s".formatted(line, quietly()));
        Thread.sleep(20); // the class's timeout ends it
      }
    }

    private String quietly() {
      try {
        return shown();
      } catch (IOException e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  private Shell shell() throws IOException {
    Path screen = folder.resolve("screen");
    ProcessBuilder builder =
        new ProcessBuilder(SHELL)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(screen.toFile());
    builder
        .environment()
        .put("SCR_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
    builder.environment().put("SCR_CLASSES", System.getProperty("java.class.path"));
    Process process = builder.start();
    return new Shell(process, process.outputWriter(StandardCharsets.UTF_8), screen);
  }

  @Test
  void theApplicationGetsWhatPasses() throws Exception {
    assumePossible();
    List<Block> blocks = guide();
    List<String> typed =
        blocks.stream().filter(b -> b.language().equals("sh")).map(Block::text).toList();
    List<String> seen =
        blocks.stream().filter(b -> b.language().isEmpty()).map(Block::text).toList();
    assertEquals(5, typed.size(), "network, switch, controller, workers, client");
    assertEquals(3, seen.size(), "a picture, what the application prints, a summary");
    Shell shell = shell();
    try {
      shell.type(NAMESPACES + START + typed.get(0) + typed.get(1));
      shell.await(shell.screen(), "scr: info: switch 1: P4Runtime on ");
      shell.type(typed.get(2) + typed.get(3));
      for (String log : List.of("w0.log", "w1.log")) {
        shell.await(folder.resolve(log), "listening on ");
      }
      shell.type(
          "ip netns exec app ss -Hlun > listening; while ! grep -q :9000 listening; do ip netns exec app ss -Hlun > listening; done\n");
      shell.type(typed.get(4));
      for (String log : List.of("w0.log", "w1.log")) {
        shell.await(folder.resolve(log), "4 packets ");
      }
      List<String> expected = seen.get(1).lines().sorted().toList();
      for (String line : expected) {
        shell.await(shell.screen(), line + "$");
      }
      shell.type("kill -INT %2 %3; wait %2 %3; echo ended\n");
      shell.await(shell.screen(), "ended$");
      List<String> found =
          shell.shown().lines().filter(line -> line.startsWith("hello")).sorted().toList();
      assertEquals(expected, found);
      String summary = Files.readString(folder.resolve("w0.log"));
      assertTrue(summary.contains(seen.get(2)), () -> seen.get(2) + "in:\n" + summary);
      try (Stream<String> lines = Files.lines(folder.resolve("w1.log"))) {
        assertTrue(lines.anyMatch(line -> line.startsWith("sent on    2 delivered, ")));
      }
    } finally {
      shell.process().destroyForcibly().waitFor();
    }
  }
}
