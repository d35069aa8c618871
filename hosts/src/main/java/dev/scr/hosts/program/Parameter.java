package dev.scr.hosts.program;

import dev.scr.ebpf.object.BpfObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A read-only variable of a program that a user may set, as its C source describes it ({@code
 * PARAMETER} in {@code scr.bpf.h}). Its values are unsigned whole numbers; of the unit {@code
 * addresses}, IPv4 addresses, and fewer than there is room for leave the rest 0.
 *
 * @param name what users call it: the variable, or the field of one
 * @param unit of each value
 * @param min smallest value
 * @param max largest value
 * @param values what the object says; more than one for an array
 * @param meaning in words
 * @param place where the values lie
 */
public record Parameter(
    String name, String unit, long min, long max, List<Long> values, String meaning, Place place) {
  private static final String ADDRESSES = "addresses";

  /**
   * Where the values lie.
   *
   * @param variable the global variable
   * @param offset of the first value in it, in bytes
   * @param valueBytes of one value: 1, 2, 4 or 8
   */
  public record Place(String variable, int offset, int valueBytes) {}

  public Parameter {
    values = List.copyOf(values);
  }

  /** The values as users write them. */
  public String text() {
    return values.stream()
        .filter(value -> !isAddresses() || value != 0)
        .map(value -> isAddresses() ? Addresses.text(value) : String.valueOf(value))
        .collect(Collectors.joining(","));
  }

  /** What a user may write, in words. */
  public String expectation() {
    if (isAddresses()) {
      return "up to %d IPv4 addresses from %s to %s separated by commas"
          .formatted(values.size(), Addresses.text(min), Addresses.text(max));
    }
    return "%s from %d to %d (%s)"
        .formatted(
            values.size() == 1
                ? "a whole number"
                : values.size() + " whole numbers separated by commas, each",
            min,
            max,
            unit);
  }

  /**
   * An object in which the parameter has the values that a text means.
   *
   * @throws BadParameter if the text means none
   */
  BpfObject set(BpfObject object, String text) {
    List<Long> wanted = parse(text);
    byte[] bytes = object.initialValue(place.variable());
    for (int i = 0; i < wanted.size(); i++) {
      byte[] value =
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(wanted.get(i))
              .array();
      System.arraycopy(
          value, 0, bytes, place.offset() + i * place.valueBytes(), place.valueBytes());
    }
    return object.withInitialValue(place.variable(), bytes);
  }

  private List<Long> parse(String text) {
    List<Long> parsed = new ArrayList<>();
    boolean none = isAddresses() && text.isBlank();
    for (String part : none ? new String[0] : text.split(",", -1)) {
      parsed.add(one(part.strip(), text));
    }
    while (isAddresses() && parsed.size() < values.size()) {
      parsed.add(0L);
    }
    if (parsed.size() != values.size()) {
      throw unexpected(text);
    }
    return parsed;
  }

  private long one(String part, String text) {
    try {
      long value = isAddresses() ? Addresses.parse(part) : Long.parseLong(part);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw unexpected(text);
  }

  private BadParameter unexpected(String found) {
    return new BadParameter(
        "%s: expected %s, found %s"
            .formatted(name, expectation(), found.isBlank() ? "nothing" : found));
  }

  private boolean isAddresses() {
    return unit.equals(ADDRESSES);
  }
}
