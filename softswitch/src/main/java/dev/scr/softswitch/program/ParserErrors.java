package dev.scr.softswitch.program;

import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of the errors that a parser raises by itself, and all names for messages. */
public record ParserErrors(
    int noError,
    int packetTooShort,
    int stackOutOfBounds,
    int headerTooShort,
    int timeout,
    int invalidArgument,
    Map<String, Integer> all) {

  /**
   * Completes the errors of a program: core errors that it does not number get the next numbers.
   *
   * @param declared numbers by name, as the program says
   */
  public static ParserErrors of(Map<String, Integer> declared) {
    Map<String, Integer> all = new LinkedHashMap<>(declared);
    int next = declared.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    for (String core :
        new String[] {
          "NoError",
          "PacketTooShort",
          "NoMatch",
          "StackOutOfBounds",
          "HeaderTooShort",
          "ParserTimeout",
          "ParserInvalidArgument"
        }) {
      if (all.putIfAbsent(core, next) == null) {
        next++;
      }
    }
    return new ParserErrors(
        number(all, "NoError"),
        number(all, "PacketTooShort"),
        number(all, "StackOutOfBounds"),
        number(all, "HeaderTooShort"),
        number(all, "ParserTimeout"),
        number(all, "ParserInvalidArgument"),
        Map.copyOf(all));
  }

  private static int number(Map<String, Integer> all, String name) {
    return all.getOrDefault(name, 0);
  }
}
