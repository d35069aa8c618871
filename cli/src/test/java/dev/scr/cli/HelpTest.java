package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** Every command says what it is for and what its options mean. */
class HelpTest {
  static Stream<CommandLine> commands() {
    return below(Main.commandLine());
  }

  private static Stream<CommandLine> below(CommandLine command) {
    return Stream.concat(
        Stream.of(command),
        command.getSubcommands().values().stream().distinct().flatMap(HelpTest::below));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    Stream<String> words = Arrays.stream(name.split(" ")).skip(1);
    Run run = Run.of(Stream.concat(words, Stream.of("--help")).toArray());
    assertTrue(run.succeeds().out().contains("Usage: " + name), run.out());
  }

  /** A percent sign that is not doubled makes picocli warn, above the help, in a log's words. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyTextIsThereAndAFormatWithoutArguments(CommandLine command) {
    assertFormats(command.getCommandSpec().usageMessage().description());
    for (ArgSpec argument : command.getCommandSpec().args()) {
      assertFormats(argument.description());
    }
  }

  private static void assertFormats(String... text) {
    assertTrue(text.length > 0 && !text[0].isBlank(), "no text");
    for (String line : text) {
      assertDoesNotThrow(() -> String.format(line), line);
    }
  }
}
