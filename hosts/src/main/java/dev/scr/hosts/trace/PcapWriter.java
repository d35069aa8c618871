package dev.scr.hosts.trace;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes a pcap file with nanosecond times. The file appears under its name only when {@link
 * #commit} is called; a writer that is closed before that leaves nothing behind. Not thread-safe.
 */
public final class PcapWriter implements AutoCloseable {
  private final Path target;
  private final Path partial;
  private final OutputStream out;
  private final ByteBuffer header =
      ByteBuffer.allocate(PcapReader.FILE_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private boolean committed;

  /** Opens a partial file beside the target. */
  public PcapWriter(Path target) throws IOException {
    this.target = target.toAbsolutePath();
    this.partial =
        this.target.resolveSibling(
            ".%s.%d.part".formatted(this.target.getFileName(), ProcessHandle.current().pid()));
    this.out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 16);
    header
        .putInt(PcapReader.MAGIC_NANOSECONDS)
        .putShort((short) 2)
        .putShort((short) 4)
        .putInt(0)
        .putInt(0)
        .putInt(CaptureFile.MAX_PACKET_BYTES)
        .putInt(CaptureFile.LINKTYPE_ETHERNET);
    out.write(header.array());
  }

  /** Appends a packet. */
  public void write(long timestampNs, byte[] packet, int length) throws IOException {
    header
        .clear()
        .putInt((int) (timestampNs / 1_000_000_000))
        .putInt((int) (timestampNs % 1_000_000_000))
        .putInt(length)
        .putInt(length);
    out.write(header.array(), 0, PcapReader.PACKET_HEADER_BYTES);
    out.write(packet, 0, length);
  }

  /** Appends all packets of a trace. */
  public void writeAll(Trace trace) throws IOException {
    for (int packet = 0; packet < trace.size(); packet++) {
      write(trace.timestampNs(packet), trace.bytes(packet), trace.length(packet));
    }
  }

  /** Gives the finished file its name, replacing an older one in one step. */
  public void commit() throws IOException {
    out.close();
    Files.move(
        partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    committed = true;
  }

  @Override
  public void close() throws IOException {
    if (!committed) {
      out.close();
      Files.deleteIfExists(partial);
    }
  }
}
