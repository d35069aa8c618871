package dev.scr.ebpf.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed objects were compiled from the committed sources. */
class FixturesFreshTest {
  private static final Path SOURCES = Path.of("src/test/bpf");
  private static final Path OBJECTS = Path.of("src/test/resources/bpf");

  private static List<String> recorded() throws IOException {
    return Files.readAllLines(OBJECTS.resolve("SOURCES"));
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files.filter(f -> f.toString().endsWith(".bpf.c")).sorted().toList();
    }
  }

  @Test
  void hashesOfTheSourcesAreTheRecordedOnes() throws IOException, NoSuchAlgorithmException {
    for (Path source : sources()) {
      String hash =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(source)));
      String line = hash + "  ./" + source.getFileName();
      assertEquals(
          List.of(line),
          recorded().stream().filter(l -> l.endsWith("/" + source.getFileName())).toList(),
          "stale object: run src/test/bpf/build.sh");
    }
  }

  @Test
  void theSameCompilerMakesTheSameObjects(@TempDir Path out) throws Exception {
    assumeTrue(compilerVersion().equals(recorded().getFirst()), "needs " + recorded().getFirst());
    Process build =
        new ProcessBuilder("sh", SOURCES.resolve("build.sh").toString(), out.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(build.getInputStream().readAllBytes(), UTF_8);
    assumeTrue(build.waitFor() == 0, "fixtures do not compile here (libbpf headers?): " + output);
    for (Path source : sources()) {
      String object = source.getFileName().toString().replace(".bpf.c", ".o");
      assertArrayEquals(
          Files.readAllBytes(out.resolve(object)),
          Files.readAllBytes(OBJECTS.resolve(object)),
          "stale object " + object + ": run src/test/bpf/build.sh");
    }
  }

  private static String compilerVersion() throws InterruptedException {
    try {
      Process clang = new ProcessBuilder("clang", "--version").redirectErrorStream(true).start();
      String output = new String(clang.getInputStream().readAllBytes(), UTF_8);
      clang.waitFor();
      return output.lines().findFirst().orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
