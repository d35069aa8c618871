package dev.scr.hosts.trace;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What a port may see besides well-behaved TCP: every kind of frame that a sequencer has a rule
 * for, 64 to 1500 bytes long, many of them broken.
 */
final class MixedTraffic {
  private static final int SERVER = 0xc0a8_0a01;
  private static final int[] PORTS = {7001, 7002, 7003, 22, 80, 443};
  private static final int MIN_LENGTH = 64;
  private static final int MAX_LENGTH = 1500;

  private final SplittableRandom random;
  private final int sources;
  private final FrameBuilder frame = new FrameBuilder();

  MixedTraffic(SplittableRandom random, int sources) {
    this.random = random;
    this.sources = sources;
  }

  byte[] next() {
    byte[] bytes = wellFormed();
    return switch (random.nextInt(20)) {
      case 0 -> Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
      case 1 -> corrupted(bytes);
      default -> bytes;
    };
  }

  private byte[] wellFormed() {
    int kind = random.nextInt(20);
    return switch (kind) {
      case 0 -> frame.ethernet().other(0x0806, random(46)).buildRaw();
      case 1 -> frame.ethernet().other(0x86dd, random(40 + random.nextInt(1400))).buildRaw();
      case 2 -> frame.ethernet().other(0x88b5, random(60)).buildRaw();
      case 3 -> frame.ethernet().vlan(0x8100, 7).other(0x86dd, random(60)).buildRaw();
      case 4 ->
          frame
              .ethernet()
              .vlan(0x88a8, 7)
              .vlan(0x8100, 8)
              .vlan(0x8100, 9)
              .other(0x0800, random(60))
              .buildRaw();
      case 5, 6 -> transport(tags(1), new byte[0], 0);
      case 7 -> transport(tags(2), new byte[0], 0);
      case 8, 9 -> transport(frame.ethernet(), random(4 * (1 + random.nextInt(10))), 0);
      case 10 -> transport(frame.ethernet(), new byte[0], 0x2000);
      case 11 -> fragment();
      default -> transport(frame.ethernet(), new byte[0], 0);
    };
  }

  private FrameBuilder tags(int count) {
    frame.ethernet();
    for (int tag = 0; tag < count; tag++) {
      frame.vlan(tag == 0 && random.nextBoolean() ? 0x88a8 : 0x8100, random.nextInt(4096));
    }
    return frame;
  }

  private byte[] transport(FrameBuilder start, byte[] options, int fragment) {
    boolean tcp = random.nextInt(5) != 0;
    int protocol = tcp ? FrameBuilder.PROTO_TCP : random.nextBoolean() ? FrameBuilder.PROTO_UDP : 1;
    start.ipv4(source(), SERVER, protocol, fragment, options);
    int port = PORTS[random.nextInt(PORTS.length)];
    int payload = random.nextInt(64);
    switch (protocol) {
      case FrameBuilder.PROTO_TCP ->
          start.tcp(1024 + random.nextInt(100), port, flags(), random.nextInt(), random.nextInt());
      case FrameBuilder.PROTO_UDP -> start.udp(1024 + random.nextInt(100), port, payload);
      default -> {}
    }
    int length = start.length() + payload;
    byte[] bytes = start.padTo(random.nextInt(8) == 0 ? MAX_LENGTH : length).build();
    return bytes.length < MIN_LENGTH ? Arrays.copyOf(bytes, MIN_LENGTH) : bytes;
  }

  private byte[] fragment() {
    return frame
        .ethernet()
        .ipv4(source(), SERVER, FrameBuilder.PROTO_TCP, 1 + random.nextInt(0x1fff), new byte[0])
        .padTo(MIN_LENGTH + random.nextInt(MAX_LENGTH - MIN_LENGTH))
        .build();
  }

  /** Mostly attempts to connect, since these move the state machines. */
  private int flags() {
    return random.nextInt(3) == 0 ? random.nextInt(256) : FrameBuilder.SYN;
  }

  private int source() {
    return 0x0a00_0001 + random.nextInt(sources);
  }

  /** One byte of the headers changed: lengths, versions, types, fragments that lie. */
  private byte[] corrupted(byte[] bytes) {
    byte[] changed = bytes.clone();
    changed[random.nextInt(Math.min(changed.length, 48))] = (byte) random.nextInt();
    return changed;
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
