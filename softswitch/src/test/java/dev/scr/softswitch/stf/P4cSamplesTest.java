package dev.scr.softswitch.stf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.Compiler;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchOptions;
import dev.scr.softswitch.SwitchPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * p4c's own sample programs with their packet tests, where they and p4c are at hand: {@code
 * -Dscr.p4c.samples=.../p4c/testdata/p4_16_samples}. A program that does not compile for v1model is
 * skipped with the compiler's reason.
 */
class P4cSamplesTest {

  @TempDir static Path folder;

  @TestFactory
  Stream<DynamicTest> samples() throws IOException, InterruptedException {
    String samples = System.getProperty("scr.p4c.samples", "");
    assumeTrue(!samples.isEmpty(), "no p4c samples: say where with -Dscr.p4c.samples=FOLDER");
    assumeTrue(!Compiler.version().isEmpty(), "p4c-bm2-ss is not installed");
    List<Path> tests;
    try (Stream<Path> files = Files.list(Path.of(samples))) {
      tests = files.filter(file -> file.toString().endsWith(".stf")).sorted().toList();
    }
    return tests.stream()
        .map(test -> DynamicTest.dynamicTest(String.valueOf(test.getFileName()), () -> run(test)));
  }

  private static void run(Path test) throws IOException, InterruptedException {
    String name = String.valueOf(test.getFileName()).replaceFirst("\\.stf$", "");
    Path source = test.resolveSibling(name + ".p4");
    assumeTrue(Files.exists(source), "there is no " + source);
    Optional<String> log = Compiler.compile(source, folder);
    assumeTrue(log.isEmpty(), () -> "does not compile for v1model: " + log.orElseThrow());
    SwitchOptions options = SwitchOptions.defaults();
    SwitchPipeline pipeline =
        SwitchPipeline.load(
            name + ".json",
            Files.readAllBytes(folder.resolve(name + ".json")),
            P4InfoText.read(folder.resolve(name + ".p4info.txtpb")),
            options);
    EmbeddedTarget target = new EmbeddedTarget(new EmbeddedSwitch(1, options), pipeline);
    String file = String.valueOf(test.getFileName());
    assertEquals(
        List.of(), StfRunner.run(file, StfParser.parse(file, Files.readString(test)), target));
  }
}
