package dev.scr.k2.validate;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Frames as they are on networks: Ethernet with VLAN tags, IPv4, IPv6 and ARP, TCP, UDP and ICMP,
 * tunnels; and what programs must survive: cut frames, wrong lengths, single fields with the
 * program's own constants. Addresses and ports come from small pools, such that flows recur.
 */
final class Frames {
  private static final int LONGEST = 1514;
  private static final int[] BOUNDARIES = {
    14, 18, 20, 22, 34, 35, 38, 42, 46, 54, 58, 62, 74, 78, 86, 94, 98, 128
  };
  private static final int[] ETHER_TYPES = {
    0x0800, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x8847, 0x88cc
  };
  private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 17, 1, 58, 4, 41, 47, 50, 132, 0, 255};
  private static final int[] PORTS = {53, 80, 443, 22, 123, 4789, 8080, 0, 65535, 1024};

  private final SplittableRandom random;
  private final ProgramConstants constants;
  private final byte[][] hardware = new byte[4][6];
  private final int[] addresses = new int[8];
  private final byte[][] wideAddresses = new byte[6][16];
  private final int[] ports = new int[8];

  Frames(SplittableRandom random, ProgramConstants constants) {
    this.random = random;
    this.constants = constants;
    for (byte[] address : hardware) {
      random.nextBytes(address);
    }
    hardware[1][0] &= (byte) 0xfe;
    Arrays.fill(hardware[0], (byte) 0xff);
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = i < 4 ? 0x0a000000 + random.nextInt(1 << 16) : random.nextInt();
    }
    for (byte[] address : wideAddresses) {
      random.nextBytes(address);
    }
    for (int i = 0; i < ports.length; i++) {
      ports[i] = i < 4 ? PORTS[random.nextInt(PORTS.length)] : random.nextInt(1 << 16);
    }
  }

  /** The next frame, of 0 to {@value #LONGEST} bytes. */
  byte[] next() {
    ByteBuffer out = ByteBuffer.allocate(LONGEST + 600);
    int type = etherType();
    out.put(hardware[random.nextInt(4)]).put(hardware[random.nextInt(4)]);
    for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); tags++) {
      out.putShort((short) type).putShort((short) random.nextInt(1 << 16));
      type = etherType();
    }
    out.putShort((short) type);
    network(out, type, 0);
    return damaged(Arrays.copyOf(out.array(), Math.min(out.position(), LONGEST)));
  }

  private int etherType() {
    return random.nextInt(12) == 0
        ? (int) constants.any(random, 2)
        : ETHER_TYPES[random.nextInt(ETHER_TYPES.length)];
  }

  private void network(ByteBuffer out, int type, int depth) {
    switch (type) {
      case 0x0800 -> internet4(out, depth);
      case 0x86dd -> internet6(out, depth);
      case 0x0806 -> {
        out.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
        out.putShort((short) (1 + random.nextInt(2)));
        for (int i = 0; i < 2; i++) {
          out.put(hardware[random.nextInt(4)]).putInt(address());
        }
        payload(out, 32);
      }
      default -> payload(out, 64);
    }
  }

  private void internet4(ByteBuffer out, int depth) {
    int start = out.position();
    int words = random.nextInt(8) == 0 ? random.nextInt(16) : 5;
    int protocol = protocol();
    out.put((byte) ((random.nextInt(32) == 0 ? 6 : 4) << 4 | words));
    out.put((byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0));
    out.putShort((short) 0).putShort((short) random.nextInt(1 << 16));
    out.putShort((short) (random.nextInt(6) == 0 ? random.nextInt(1 << 16) : 0x4000));
    out.put((byte) timeToLive()).put((byte) protocol);
    out.putShort((short) random.nextInt(1 << 16)).putInt(address()).putInt(address());
    for (int i = 5; i < words; i++) {
      out.putInt(random.nextInt());
    }
    transport(out, protocol, depth);
    int length = random.nextInt(16) == 0 ? random.nextInt(1 << 16) : out.position() - start;
    out.putShort(start + 2, (short) length);
    out.putShort(start + 10, (short) checksum(out, start));
  }

  private void internet6(ByteBuffer out, int depth) {
    int start = out.position();
    int protocol = protocol();
    out.putInt(0x60000000 | (random.nextInt(4) == 0 ? random.nextInt(1 << 28) : 0));
    out.putShort((short) 0);
    boolean option = random.nextInt(8) == 0;
    out.put((byte) (option ? 0 : protocol)).put((byte) timeToLive());
    out.put(wideAddresses[random.nextInt(6)]).put(wideAddresses[random.nextInt(6)]);
    if (option) {
      out.put((byte) protocol).put((byte) 0).putShort((short) 0x0104).putInt(0);
    }
    transport(out, protocol, depth);
    out.putShort(start + 4, (short) (out.position() - start - 40));
  }

  private int protocol() {
    return random.nextInt(12) == 0
        ? (int) constants.any(random, 1)
        : PROTOCOLS[random.nextInt(PROTOCOLS.length)];
  }

  private int timeToLive() {
    return random.nextInt(4) == 0 ? random.nextInt(3) : 64;
  }

  private int address() {
    return random.nextInt(16) == 0
        ? (int) constants.any(random, 4)
        : addresses[random.nextInt(addresses.length)];
  }

  private int port() {
    return random.nextInt(8) == 0
        ? (int) constants.any(random, 2)
        : ports[random.nextInt(ports.length)];
  }

  private void transport(ByteBuffer out, int protocol, int depth) {
    switch (protocol) {
      case 6 -> {
        out.putShort((short) port()).putShort((short) port());
        out.putInt(random.nextInt()).putInt(random.nextInt());
        int words = random.nextInt(4) == 0 ? random.nextInt(16) : 5;
        out.put((byte) (words << 4)).put((byte) flags());
        out.putShort((short) random.nextInt(1 << 16)).putInt(random.nextInt());
        for (int i = 5; i < words; i++) {
          out.putInt(random.nextInt(4) == 0 ? 0x020405b4 : random.nextInt());
        }
        payload(out, 100);
      }
      case 17 -> {
        int start = out.position();
        out.putShort((short) port()).putShort((short) port()).putInt(0);
        payload(out, 100);
        out.putShort(start + 4, (short) (out.position() - start));
        out.putShort(start + 6, (short) (random.nextInt(3) == 0 ? 0 : random.nextInt()));
      }
      case 1, 58 -> {
        int[] kinds = {0, 3, 5, 8, 11, 128, 129, 1, 2, 135};
        out.put((byte) kinds[random.nextInt(kinds.length)]).put((byte) random.nextInt(6));
        out.putShort((short) random.nextInt()).putInt(random.nextInt());
        inner(out, protocol == 1 ? 0x0800 : 0x86dd, depth);
      }
      case 4 -> inner(out, 0x0800, depth);
      case 41 -> inner(out, 0x86dd, depth);
      case 47 -> {
        out.putShort((short) 0).putShort((short) 0x0800);
        inner(out, 0x0800, depth);
      }
      default -> payload(out, 64);
    }
  }

  private void inner(ByteBuffer out, int type, int depth) {
    if (depth < 2 && random.nextBoolean()) {
      network(out, type, depth + 1);
    } else {
      payload(out, 64);
    }
  }

  private int flags() {
    int[] usual = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x01};
    return random.nextInt(5) == 0 ? random.nextInt(256) : usual[random.nextInt(usual.length)];
  }

  private void payload(ByteBuffer out, int longest) {
    int length = random.nextInt(24) == 0 ? random.nextInt(500) : random.nextInt(longest);
    byte[] bytes = new byte[Math.min(length, Math.max(0, out.remaining() - 200))];
    random.nextBytes(bytes);
    out.put(bytes);
  }

  private byte[] damaged(byte[] frame) {
    byte[] result = frame;
    if (random.nextInt(6) == 0) {
      int at = BOUNDARIES[random.nextInt(BOUNDARIES.length)] + random.nextInt(3) - 1;
      result = Arrays.copyOf(result, Math.min(result.length, Math.max(0, at)));
    } else if (random.nextInt(12) == 0) {
      result = Arrays.copyOf(result, random.nextInt(result.length + 1));
    } else if (random.nextInt(4) == 0) {
      result = Arrays.copyOf(result, Math.max(result.length, 60));
    }
    if (random.nextInt(5) == 0) {
      overwrite(result);
    }
    return result;
  }

  /** Puts a constant of the program, or noise, somewhere in the headers. */
  private void overwrite(byte[] frame) {
    int size = 1 << random.nextInt(4);
    int room = Math.min(frame.length, 100) - size;
    if (room < 0) {
      return;
    }
    int at = random.nextInt(room + 1);
    long value = random.nextInt(3) == 0 ? random.nextLong() : constants.any(random, size);
    for (int i = 0; i < size; i++) {
      frame[at + i] = (byte) (value >>> (8 * i));
    }
  }

  /** Of an IPv4 header of 20 bytes. */
  private static int checksum(ByteBuffer bytes, int from) {
    long sum = 0;
    for (int i = 0; i < 20; i += 2) {
      if (i != 10) {
        sum += bytes.getShort(from + i) & 0xffff;
      }
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) ~sum & 0xffff;
  }
}
