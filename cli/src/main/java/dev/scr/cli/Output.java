package dev.scr.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.github.freva.asciitable.AsciiTable;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a command's result goes: text for people, or one JSON document with snake_case keys. */
final class Output {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  @Option(names = "--json", description = "Print one JSON document instead of text.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec command;

  /** Whether the user asked for JSON. */
  boolean isJson() {
    return json;
  }

  /** A document as JSON. */
  static String json(Object document) {
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON for " + document.getClass(), e);
    }
  }

  /** Prints the document as JSON, or has the text printed. */
  void result(Object document, Text text) {
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(json(document));
    } else {
      text.printTo(out);
    }
    out.flush();
  }

  /** A line of text on the way; nothing with {@code --json}. */
  void progress(String format, Object... values) {
    if (!json) {
      PrintWriter out = command.commandLine().getOut();
      out.printf(format + "%n", values);
      out.flush();
    }
  }

  /** A line that the user should see in any case. */
  void warn(String format, Object... values) {
    PrintWriter err = command.commandLine().getErr();
    err.printf("scr: " + format + "%n", values);
    err.flush();
  }

  /** A table as text. */
  static String table(List<String> header, List<List<String>> rows) {
    return AsciiTable.getTable(
        AsciiTable.NO_BORDERS,
        header.stream()
            .map(name ->
                new com.github.freva.asciitable.Column().header(name).dataAlign(align(name)))
            .toArray(com.github.freva.asciitable.Column[]::new),
        rows.stream().map(row -> row.toArray(new Object[0])).toArray(Object[][]::new));
  }

  private static com.github.freva.asciitable.HorizontalAlign align(String header) {
    return header.startsWith("#")
        ? com.github.freva.asciitable.HorizontalAlign.RIGHT
        : com.github.freva.asciitable.HorizontalAlign.LEFT;
  }

  /** Prints a result for people. */
  @FunctionalInterface
  interface Text {
    void printTo(PrintWriter out);
  }
}
