package dev.scr.hosts.trace;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads capture files of Ethernet packets: pcap (ns or µs, either byte order) and pcapng. */
public final class CaptureFile {
  /** Larger packets cannot be Ethernet frames: such a length is a broken file. */
  static final int MAX_PACKET_BYTES = 1 << 18;

  static final int LINKTYPE_ETHERNET = 1;

  private CaptureFile() {}

  /**
   * What a file held.
   *
   * @param trace its packets
   * @param cutPackets how many of them the capture cut short (snap length); programs see these as
   *     malformed, since their IP header claims more than is there
   */
  public record Capture(Trace trace, int cutPackets) {}

  /**
   * Reads a whole file.
   *
   * @throws MalformedCapture if it is no capture file, is broken or truncated, or not of Ethernet
   * @throws IOException if it cannot be read
   */
  public static Capture read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return read(bytes, file.toString());
    }
  }

  /** Reads the bytes of a capture file; {@code name} is for messages. */
  static Capture read(MemorySegment bytes, String name) {
    if (bytes.byteSize() < 4) {
      throw new MalformedCapture(
          name, 0, "expected a pcap or pcapng file, found " + bytes.byteSize() + " bytes");
    }
    int magic = bytes.get(PcapReader.LITTLE, 0);
    return magic == PcapngReader.SECTION_HEADER
        ? new PcapngReader(bytes, name).read()
        : new PcapReader(bytes, name, magic).read();
  }
}
