package dev.scr.hosts.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the log's jcstress tests ({@code src/jcstress}), which only some builds compile. */
class HistoryLogStressTest {
  @Test
  void noReadIsTornAndThePlantedFaultIsSeen(@TempDir Path results) throws Exception {
    assumeTrue(
        HistoryLogStressTest.class.getResource("/META-INF/TestList") != null,
        "jcstress tests are compiled by -Pnightly only");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                    "org.openjdk.jcstress.Main",
                    "-m",
                    System.getProperty("scr.jcstress.mode", "quick"),
                    "-t",
                    "HistoryLogStress",
                    "-r",
                    results.toString()))
            .directory(results.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    System.out.println(output.substring(Math.max(0, output.length() - 3_000)));
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("Interesting tests: 1 "), "the planted fault is not seen");
  }
}
