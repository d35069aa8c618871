package dev.scr.hosts.program;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A read-only variable of a program that a user may set, as its C source describes it ({@code
 * PARAMETER} in {@code scr.bpf.h}). Its values are unsigned whole numbers.
 *
 * @param name what users call it: the variable, or the field of one
 * @param unit of each value
 * @param min smallest value
 * @param max largest value
 * @param defaults what the object says; more than one value for an array
 * @param meaning in words
 * @param place where the values lie
 */
public record Parameter(
    String name,
    String unit,
    long min,
    long max,
    List<Long> defaults,
    String meaning,
    Place place) {

  /**
   * Where the values lie.
   *
   * @param variable the global variable
   * @param offset of the first value in it, in bytes
   * @param valueBytes of one value: 1, 2, 4 or 8
   */
  public record Place(String variable, int offset, int valueBytes) {}

  public Parameter {
    defaults = List.copyOf(defaults);
  }

  /**
   * The values that a text means: numbers separated by commas, as many as the parameter has.
   *
   * @throws BadConfiguration if it does not mean any
   */
  List<Long> parse(String text) {
    String[] parts = text.strip().split(",", -1);
    if (parts.length != defaults.size()) {
      throw unexpected(text);
    }
    List<Long> values = new ArrayList<>();
    for (String part : parts) {
      long value = number(part.strip(), text);
      if (value < min || value > max) {
        throw unexpected(text);
      }
      values.add(value);
    }
    return List.copyOf(values);
  }

  private long number(String part, String text) {
    try {
      return Long.parseLong(part);
    } catch (NumberFormatException e) {
      throw unexpected(text);
    }
  }

  private BadConfiguration unexpected(String found) {
    return new BadConfiguration(
        "%s: expected %s in %d..%d (%s), found %s"
            .formatted(
                name,
                defaults.size() == 1
                    ? "a whole number"
                    : defaults.size() + " whole numbers separated by commas,",
                min,
                max,
                unit,
                found.isEmpty() ? "nothing" : found));
  }

  /** Values as users write them. */
  public static String text(List<Long> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
