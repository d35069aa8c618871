package dev.scr.hosts.trace;

import java.util.SplittableRandom;

/**
 * One client and what it sends: perhaps some knocks (SYN segments to knocking ports, right or
 * wrong), then SYN, data, and FIN at the end. So a trace drives every program through its states.
 */
final class TcpFlow {
  /** The default secret of the port-knocking firewall. */
  private static final int[] KNOCKS = {7001, 7002, 7003};

  private static final int SERVER = 0xc0a8_0a01; // 192.168.10.1
  private static final int SERVICE_PORT = 443;

  private final int source;
  private final int sourcePort;
  private final int[] prelude;
  private int sent;
  private int sequence;

  TcpFlow(int number, SplittableRandom random) {
    this.source = 0x0a00_0001 + number; // 10.0.0.1 and on
    this.sourcePort = 1024 + random.nextInt(60_000);
    this.sequence = random.nextInt();
    this.prelude = prelude(number, random);
  }

  /** Half of the clients know the secret, a quarter guess, a quarter do not knock. */
  private static int[] prelude(int number, SplittableRandom random) {
    int kind = number == 0 ? 0 : random.nextInt(4);
    return switch (kind) {
      case 0, 1 -> KNOCKS.clone();
      case 2 -> {
        int[] guesses = new int[1 + random.nextInt(6)];
        for (int i = 0; i < guesses.length; i++) {
          guesses[i] = random.nextInt(3) == 0 ? 22 : KNOCKS[random.nextInt(KNOCKS.length)];
        }
        yield guesses;
      }
      default -> new int[0];
    };
  }

  /** The next frame of the flow; {@code last} closes it. */
  byte[] next(FrameBuilder frame, int frameBytes, boolean last) {
    int payload = frameBytes - TraceSpec.MIN_FRAME_BYTES;
    int packet = sent++;
    boolean opening = packet <= prelude.length;
    int port = packet < prelude.length ? prelude[packet] : SERVICE_PORT;
    int flags =
        opening
            ? FrameBuilder.SYN
            : last ? FrameBuilder.FIN | FrameBuilder.ACK : FrameBuilder.PSH | FrameBuilder.ACK;
    byte[] bytes =
        frame
            .ethernet()
            .ipv4(source, SERVER, FrameBuilder.PROTO_TCP, 0, new byte[0])
            .tcp(sourcePort, port, flags, sequence, opening ? 0 : 1)
            .padTo(frameBytes)
            .build();
    sequence += opening ? 1 : payload;
    return bytes;
  }
}
