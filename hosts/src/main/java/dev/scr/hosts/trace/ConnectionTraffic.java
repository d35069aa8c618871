package dev.scr.hosts.trace;

import java.util.SplittableRandom;

/**
 * TCP connections side by side, both directions, with what a tracker has to tell apart: segments
 * that belong, retransmissions, strays with right and wrong numbers, and silences in which
 * connections time out.
 */
final class ConnectionTraffic {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long LONGEST_USUAL_SILENCE_S = 150;
  private static final long LONG_SILENCE_S = 6 * 24 * 3600;

  private final SplittableRandom random;
  private final int frameBytes;
  private final TcpConnection[] alive;
  private final FrameBuilder frame = new FrameBuilder();
  private byte[] last = new byte[0];
  private int started;

  /** Traffic with this many connections alive at a time. */
  ConnectionTraffic(SplittableRandom random, int connections, int frameBytes) {
    this.random = random;
    this.frameBytes = frameBytes;
    this.alive = new TcpConnection[connections];
  }

  byte[] next() {
    TcpConnection connection = pick(random.nextInt(alive.length));
    byte[] bytes =
        switch (random.nextInt(24)) {
          case 0 -> connection.stray(frame, frameBytes);
          case 1 -> last.length == 0 ? connection.send(frame, frameBytes) : last;
          default -> connection.send(frame, frameBytes);
        };
    last = bytes;
    return bytes;
  }

  /** Time until the next packet: a microsecond mostly. */
  long silenceNs() {
    return switch (random.nextInt(2048)) {
      case 0 -> LONG_SILENCE_S * SECOND_NS;
      case 1, 2, 3, 4, 5, 6 -> random.nextLong(LONGEST_USUAL_SILENCE_S) * SECOND_NS;
      default -> 1_000;
    };
  }

  /**
   * A connection that has something to send, in that place; often a new incarnation of the old one.
   */
  private TcpConnection pick(int place) {
    TcpConnection connection = alive[place];
    if (connection == null || (connection.isOver() && random.nextInt(4) != 0)) {
      connection = new TcpConnection(started++, frameBytes - TraceSpec.MIN_FRAME_BYTES, random);
      alive[place] = connection;
    } else if (connection.isOver()) {
      connection.reopen();
    }
    return connection;
  }
}
