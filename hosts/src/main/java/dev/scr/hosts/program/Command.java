package dev.scr.hosts.program;

import dev.scr.ebpf.object.Btf;
import dev.scr.wire.ControlFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that a controller may have done to a program's state, as its C source describes it
 * ({@code COMMAND} in {@code scr.bpf.h}). It is metadata that no packet yields, so it goes through
 * the sequencer and the history as a packet does, and every replica does it at the same number.
 *
 * @param number from 1 to 15
 * @param name what users call it
 * @param fields of the metadata that it needs
 * @param meaning in words
 */
public record Command(int number, String name, List<String> fields, String meaning) {
  /** The field that says that metadata is a command, and which, in its low or high half. */
  private static final String FIELD = "command";

  private static final String ORIGIN = "origin";
  private static final int ORIGIN_SHIFT = 4;

  public Command {
    fields = List.copyOf(fields);
  }

  /** How users write it: {@code forget src_addr=…}. */
  public String usage() {
    StringBuilder usage = new StringBuilder(name);
    fields.forEach(field -> usage.append(' ').append(field).append("=…"));
    return usage.toString();
  }

  /**
   * The control frames that do it, one after another.
   *
   * @param values of the fields by name, as users write them: IPv4 addresses, and whole numbers
   * @throws BadParameter if a field is missing, unknown, or has no such value
   */
  List<byte[]> frames(ProgramObject object, Map<String, String> values) {
    for (String given : values.keySet()) {
      if (!fields.contains(given)) {
        throw new BadParameter(
            "%s: expected %s, found %s".formatted(name, String.join(", ", fields), given));
      }
    }
    Btf.Layout layout = object.metadata();
    byte[] metadata = new byte[layout.size()];
    for (String name : fields) {
      Btf.Field field = layout.field(name).orElseThrow();
      put(metadata, field, value(field, values.get(name)));
    }
    List<byte[]> frames = new ArrayList<>();
    for (byte[] record : marked(layout, metadata)) {
      frames.add(ControlFrame.of(object.program().id(), record));
    }
    return frames;
  }

  /** The metadata as the program knows a command by. */
  private List<byte[]> marked(Btf.Layout layout, byte[] metadata) {
    if (layout.field(FIELD).isPresent()) {
      put(metadata, layout.field(FIELD).get(), number);
      return List.of(metadata);
    }
    if (layout.field(ORIGIN).isPresent()) {
      put(metadata, layout.field(ORIGIN).get(), (long) number << ORIGIN_SHIFT);
      return List.of(metadata);
    }
    return halves(ByteBuffer.wrap(metadata).getInt());
  }

  /** Where four bytes are all there is: ddos.bpf.c says how an address goes into two of them. */
  private List<byte[]> halves(int address) {
    int mark = 0xf0000000 | number << 24;
    int lowerHalf = 0x00800000;
    return List.of(
        ByteBuffer.allocate(4).putInt(mark | address >>> 16).array(),
        ByteBuffer.allocate(4).putInt(mark | lowerHalf | (address & 0xffff)).array());
  }

  private static void put(byte[] metadata, Btf.Field field, long value) {
    for (int i = 0; i < field.size(); i++) {
      metadata[field.offset() + i] = (byte) (value >> (8 * (field.size() - 1 - i)));
    }
  }

  private long value(Btf.Field field, @Nullable String text) {
    boolean address = field.size() == Integer.BYTES;
    long max = (1L << (8 * field.size())) - 1;
    try {
      if (text != null) {
        long value = address ? Addresses.parse(text) : Long.parseLong(text);
        if (value >= 0 && value <= max) {
          return value;
        }
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new BadParameter(
        "%s: %s: expected %s, found %s"
            .formatted(
                name,
                field.name(),
                address ? "an IPv4 address" : "a whole number from 0 to " + max,
                text == null ? "nothing" : text));
  }
}
