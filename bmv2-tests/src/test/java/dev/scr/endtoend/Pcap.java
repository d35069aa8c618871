package dev.scr.endtoend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Classic capture files, as far as these tests exchange them with {@code topology.py}:
 * little-endian, nanoseconds, Ethernet.
 */
final class Pcap {
  private static final int MAGIC = 0xa1b23c4d;
  private static final int FILE_HEADER_BYTES = 24;
  private static final int RECORD_HEADER_BYTES = 16;

  private Pcap() {}

  static void write(Path file, List<byte[]> frames) throws IOException {
    int bytes = frames.stream().mapToInt(frame -> RECORD_HEADER_BYTES + frame.length).sum();
    ByteBuffer content =
        ByteBuffer.allocate(FILE_HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
    content.putInt(MAGIC).putShort((short) 2).putShort((short) 4).putLong(0).putInt(1 << 18);
    content.putInt(1);
    int number = 0;
    for (byte[] frame : frames) {
      content.putInt(0).putInt(number++).putInt(frame.length).putInt(frame.length).put(frame);
    }
    Files.write(file, content.array());
  }

  static List<byte[]> read(Path file) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (content.limit() < FILE_HEADER_BYTES || content.getInt(0) != MAGIC) {
      throw new IOException(file + ": expected a little-endian nanosecond pcap file");
    }
    content.position(FILE_HEADER_BYTES);
    List<byte[]> frames = new ArrayList<>();
    while (content.remaining() >= RECORD_HEADER_BYTES) {
      int length = content.getInt(content.position() + 8);
      content.position(content.position() + RECORD_HEADER_BYTES);
      if (length < 0 || length > content.remaining()) {
        throw new IOException(
            file
                + ": offset "
                + content.position()
                + ": expected a frame inside the file, found length "
                + length);
      }
      byte[] frame = new byte[length];
      content.get(frame);
      frames.add(frame);
    }
    return frames;
  }
}
