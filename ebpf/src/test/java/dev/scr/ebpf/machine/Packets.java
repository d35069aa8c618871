package dev.scr.ebpf.machine;

import java.nio.ByteBuffer;

/** Frames for tests. */
public final class Packets {
  private Packets() {}

  /** An Ethernet frame of 64 bytes with an IPv4 header. */
  public static byte[] ipv4(int source) {
    ByteBuffer frame = ByteBuffer.allocate(64);
    frame.putShort(12, (short) 0x0800);
    frame.put(14, (byte) 0x45).putShort(16, (short) 50).put(23, (byte) 17).putInt(26, source);
    return frame.array();
  }
}
