package dev.scr.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A YAML or JSON document in which every value knows where it is written. */
sealed interface SourceTree {
  /** Nobody writes a longer one by hand. */
  int LONGEST_BYTES = 1 << 20;

  /** Where this is written. */
  Place place();

  /** What this is, for messages. */
  String found();

  /**
   * A place in a file.
   *
   * @param line from 1
   * @param column from 1
   * @param field its path from the root, empty for the root
   */
  record Place(Path file, int line, int column, String field) {
    CommandFailure expected(String what, String found) {
      return CommandFailure.badInput("%s: expected %s; found %s".formatted(this, what, found));
    }

    @Override
    public String toString() {
      return "%s:%d:%d%s".formatted(file, line, column, field.isEmpty() ? "" : ": " + field);
    }
  }

  /** Names with values. */
  record Fields(Place place, Map<String, SourceTree> values) implements SourceTree {
    @Override
    public String found() {
      return "names with values";
    }

    /** The value of a name, if it is there. */
    Optional<SourceTree> value(String name) {
      return Optional.ofNullable(values.get(name));
    }
  }

  /** A list. */
  record Items(Place place, List<SourceTree> values) implements SourceTree {
    @Override
    public String found() {
      return "a list";
    }
  }

  /** One value. */
  record Scalar(Place place, String text, JsonToken token) implements SourceTree {
    @Override
    public String found() {
      return token == JsonToken.VALUE_NULL ? "nothing" : "'" + text + "'";
    }
  }

  /**
   * Reads a file: JSON if it is named so, YAML otherwise.
   *
   * @throws CommandFailure where it is neither, says a name twice, or goes on after the document
   */
  static SourceTree read(Path file) throws IOException {
    return parse(file, bytes(file));
  }

  /**
   * What a file holds.
   *
   * @throws CommandFailure if that is more than a document should have
   */
  static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST_BYTES + 1);
      if (bytes.length > LONGEST_BYTES) {
        throw CommandFailure.badInput(
            "%s: expected at most %d bytes; found more".formatted(file, LONGEST_BYTES));
      }
      return bytes;
    }
  }

  /** The same of what a file holds. */
  static SourceTree parse(Path file, byte[] bytes) {
    boolean json = file.toString().endsWith(".json");
    JsonFactory factory = json ? new JsonFactory() : new YAMLFactory();
    try (JsonParser parser = factory.createParser(bytes)) {
      Place start = new Place(file, 1, 1, "");
      if (parser.nextToken() == null) {
        throw start.expected("names with values (name: value)", "nothing");
      }
      SourceTree tree = value(parser, file, "");
      if (parser.nextToken() != null) {
        throw here(parser, file, "").expected("the end of the document", "more");
      }
      return tree;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new Place(file, at == null ? 1 : at.getLineNr(), at == null ? 1 : at.getColumnNr(), "")
          .expected(
              json ? "JSON" : "YAML",
              String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("something else"));
    } catch (IOException e) {
      throw new Place(file, 1, 1, "").expected("text in UTF-8", String.valueOf(e.getMessage()));
    }
  }

  private static SourceTree value(JsonParser parser, Path file, String field) throws IOException {
    Place place = here(parser, file, field);
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      throw place.expected("a value", "an alias (*" + parser.getText() + ")");
    }
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> fields(parser, place);
      case START_ARRAY -> items(parser, place);
      case VALUE_STRING,
          VALUE_NUMBER_INT,
          VALUE_NUMBER_FLOAT,
          VALUE_TRUE,
          VALUE_FALSE,
          VALUE_NULL ->
          new Scalar(place, parser.getText(), token);
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw place.expected("a value", token.toString());
    };
  }

  private static Fields fields(JsonParser parser, Place place) throws IOException {
    Map<String, SourceTree> values = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      String field = place.field().isEmpty() ? name : place.field() + "." + name;
      Place at = here(parser, place.file(), field);
      parser.nextToken();
      if (values.putIfAbsent(name, value(parser, place.file(), field)) != null) {
        throw at.expected("each name once", "it again");
      }
    }
    return new Fields(place, values);
  }

  private static Items items(JsonParser parser, Place place) throws IOException {
    List<SourceTree> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(parser, place.file(), place.field() + "[" + values.size() + "]"));
    }
    return new Items(place, values);
  }

  private static Place here(JsonParser parser, Path file, String field) {
    JsonLocation at = parser.currentTokenLocation();
    return new Place(file, at.getLineNr(), at.getColumnNr(), field);
  }
}
