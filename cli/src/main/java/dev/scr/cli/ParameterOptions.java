package dev.scr.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.scr.hosts.program.BadParameter;
import dev.scr.hosts.program.Handlers;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a packet program's parameters are to be: what every command that runs one asks for. */
final class ParameterOptions {
  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description =
          "Sets a parameter of the program (scr programs lists them); more than once for several."
              + " A list has commas between its values. PROGRAM.NAME=VALUE is for that program only.")
  private List<String> assignments = List.of();

  @Option(
      names = "--params",
      paramLabel = "FILE",
      description =
          "Parameters from a YAML or JSON file, by name, or by program and name; --param goes first.")
  private @Nullable Path file;

  @Option(
      names = "--handlers",
      paramLabel = "H",
      description =
          "optimized: the handlers as scr k2 optimize left them; original: as clang made them"
              + " (default: optimized).")
  private Handlers handlers = Handlers.OPTIMIZED;

  /**
   * The program with its parameters set.
   *
   * @throws CommandFailure if a name or value is none of the program's
   */
  ProgramObject object(PacketProgram program) throws IOException {
    return object(program, handlers);
  }

  /** The same of these handlers, whatever the user chose. */
  ProgramObject object(PacketProgram program, Handlers which) throws IOException {
    return configured(ProgramObject.of(program, which), texts(program));
  }

  private static ProgramObject configured(ProgramObject object, Map<String, Given> texts) {
    ProgramObject configured = object;
    for (Map.Entry<String, Given> text : texts.entrySet()) {
      try {
        configured = configured.with(Map.of(text.getKey(), text.getValue().value()));
      } catch (BadParameter e) {
        throw CommandFailure.badInput(text.getValue().where() + ": " + e.getMessage());
      }
    }
    return configured;
  }

  /** A value, and where the user has given it. */
  private record Given(String where, String value) {}

  private Map<String, Given> texts(PacketProgram program) throws IOException {
    Map<String, Given> texts = new LinkedHashMap<>();
    if (file != null) {
      readFile(file, program, texts);
    }
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals < 1) {
        throw CommandFailure.badInput(
            "--param: expected NAME=VALUE; found '%s'".formatted(assignment));
      }
      String name = assignment.substring(0, equals);
      nameFor(program, name)
          .ifPresent(own -> texts.put(own, new Given("--param", assignment.substring(equals + 1))));
    }
    return texts;
  }

  /** The parameter that a name means for a program; none if it is another program's. */
  private static Optional<String> nameFor(PacketProgram program, String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return Optional.of(name);
    }
    String prefix = name.substring(0, dot);
    if (PacketProgram.named(prefix).isEmpty()) {
      throw CommandFailure.badInput(
          "--param: expected PROGRAM.NAME with one of %s; found '%s'"
              .formatted(PacketProgram.names(), name));
    }
    return prefix.equals(program.programName())
        ? Optional.of(name.substring(dot + 1))
        : Optional.empty();
  }

  private static void readFile(Path file, PacketProgram program, Map<String, Given> texts)
      throws IOException {
    for (Map.Entry<String, JsonNode> entry : fields(file, document(file)).entrySet()) {
      boolean ofProgram = PacketProgram.named(entry.getKey()).isPresent();
      if (!ofProgram) {
        texts.put(entry.getKey(), given(file, entry));
      } else if (entry.getKey().equals(program.programName())) {
        fields(file, entry.getValue())
            .forEach((name, value) -> texts.put(name, given(file, Map.entry(name, value))));
      }
    }
  }

  /** JSON is nearly YAML, but not quite, and its messages are better. */
  private static JsonNode document(Path file) throws IOException {
    boolean json = file.toString().endsWith(".json");
    ObjectMapper mapper = json ? new ObjectMapper() : new YAMLMapper();
    try {
      return mapper.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw CommandFailure.badInput(
          "%s:%d:%d: expected %s; found: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
                  json ? "JSON" : "YAML",
                  String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("")));
    }
  }

  private static Map<String, JsonNode> fields(Path file, @Nullable JsonNode node) {
    if (node == null || !node.isObject()) {
      throw CommandFailure.badInput(
          "%s: expected names with values (name: value); found %s"
              .formatted(file, node == null || node.isMissingNode() ? "nothing" : node));
    }
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    node.properties().forEach(property -> fields.put(property.getKey(), property.getValue()));
    return fields;
  }

  private static Given given(Path file, Map.Entry<String, JsonNode> entry) {
    JsonNode value = entry.getValue();
    if (value.isObject()) {
      throw CommandFailure.badInput(
          "%s: %s: expected a value, a list of values, or the name of a program (%s); found %s"
              .formatted(file, entry.getKey(), PacketProgram.names(), value));
    }
    String text =
        value.isArray()
            ? StreamSupport.stream(value.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(","))
            : value.asText();
    return new Given(file.toString(), text);
  }
}
