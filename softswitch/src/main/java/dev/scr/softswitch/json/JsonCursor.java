package dev.scr.softswitch.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One JSON value together with its place in the file. Every access checks the type of what it finds
 * and throws {@link MalformedPipeline} that names the place, what was expected and what was found.
 */
final class JsonCursor {

  private static final int SHOWN = 60;

  private final String place;
  private final JsonNode node;

  JsonCursor(String place, JsonNode node) {
    this.place = place;
    this.node = node;
  }

  String place() {
    return place;
  }

  JsonNode node() {
    return node;
  }

  boolean isNull() {
    return node.isNull() || node.isMissingNode();
  }

  boolean isObject() {
    return node.isObject();
  }

  boolean isInteger() {
    return node.isIntegralNumber();
  }

  boolean isText() {
    return node.isTextual();
  }

  int size() {
    return node.size();
  }

  boolean has(String key) {
    return node.isObject() && node.hasNonNull(key);
  }

  /** The value of a key of this object; a missing key gives a cursor with {@link #isNull()}. */
  JsonCursor at(String key) {
    if (!node.isObject()) {
      throw expected("an object with key \"" + key + "\"");
    }
    return new JsonCursor(place + ": " + key, node.path(key));
  }

  JsonCursor at(int index) {
    if (!node.isArray() || index >= node.size()) {
      throw expected("an array of more than " + index + " elements");
    }
    return new JsonCursor(place + "[" + index + "]", node.get(index));
  }

  String text() {
    if (!node.isTextual()) {
      throw expected("text");
    }
    return node.textValue();
  }

  int integer() {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw expected("a 32-bit integer");
    }
    return node.intValue();
  }

  /** An integer that counts or numbers something. */
  int natural() {
    int value = integer();
    if (value < 0) {
      throw expected("a number >= 0");
    }
    return value;
  }

  boolean bool() {
    if (!node.isBoolean()) {
      throw expected("true or false");
    }
    return node.booleanValue();
  }

  /** A boolean that p4c writes as 0 or 1 at times. */
  boolean flag() {
    return isInteger() ? integer() != 0 : bool();
  }

  boolean bool(String key, boolean absent) {
    return has(key) ? at(key).bool() : absent;
  }

  Optional<String> optionalText(String key) {
    return has(key) ? Optional.of(at(key).text()) : Optional.empty();
  }

  /** A hexadecimal number such as {@code 0x1f}, {@code 1f} or {@code -0x1}. */
  BigInteger hex() {
    String text = text();
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    if (digits.startsWith("0x")) {
      digits = digits.substring(2);
    }
    if (digits.isEmpty() || !digits.chars().allMatch(JsonCursor::isHexDigit)) {
      throw expected("a hexadecimal number");
    }
    BigInteger value = new BigInteger(digits, 16);
    return negative ? value.negate() : value;
  }

  private static boolean isHexDigit(int c) {
    return c < 128 && Character.digit(c, 16) >= 0;
  }

  /** Two texts, as in a field reference {@code [header, field]}. */
  JsonCursor tuple(int size) {
    if (!node.isArray() || node.size() != size) {
      throw expected("an array of " + size + " elements");
    }
    return this;
  }

  /** The elements of this array; a missing or null array has none. */
  <T> List<T> list(Function<JsonCursor, T> element) {
    if (isNull()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw expected("an array");
    }
    List<T> elements = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      elements.add(element.apply(new JsonCursor(place + elementName(i), node.get(i))));
    }
    return List.copyOf(elements);
  }

  private String elementName(int index) {
    JsonNode name = node.get(index).path("name");
    String shown = name.isTextual() ? " \"" + shorten(name.textValue()) + "\"" : "";
    return "[" + index + "]" + shown;
  }

  MalformedPipeline expected(String what) {
    String found = isNull() ? "nothing" : shorten(node.toString());
    return new MalformedPipeline(place, "expected " + what + ", found " + found);
  }

  private static String shorten(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
