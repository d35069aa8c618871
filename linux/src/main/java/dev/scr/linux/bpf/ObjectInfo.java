package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.scr.linux.call.FileDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Asks the kernel about one of its objects. */
final class ObjectInfo {
  private ObjectInfo() {}

  /**
   * Fills {@code bytes} zeroed bytes, which a kernel with a shorter structure leaves zero at the
   * end, and reads them.
   *
   * @param prepared what is written into the structure before the call, as some fields are requests
   */
  static <T> T of(
      FileDescriptor object, int bytes, byte[] prepared, Function<MemorySegment, T> reader) {
    try (Attribute attribute = new Attribute()) {
      MemorySegment info = attribute.room(bytes);
      MemorySegment.copy(prepared, 0, info, JAVA_BYTE, 0, prepared.length);
      attribute.set(0, object.number()).set(4, bytes).point(8, info);
      attribute.check(Command.OBJECT_INFO, "ask about " + object);
      return reader.apply(info);
    }
  }

  static String name(MemorySegment info, long offset) {
    byte[] bytes = info.asSlice(offset, Attribute.LONGEST_NAME + 1).toArray(JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.US_ASCII);
  }
}
