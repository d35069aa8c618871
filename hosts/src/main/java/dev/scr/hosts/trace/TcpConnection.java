package dev.scr.hosts.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;

/**
 * A TCP connection with both its ends, from the first SYN to whatever ends it. Segments arrive in
 * the order in which they are sent and are acknowledged at once.
 */
final class TcpConnection {
  private static final int CLIENT = 0;
  private static final int SERVER = 1;
  private static final int SERVER_ADDRESS = 0xc0a8_0a01; // 192.168.10.1
  private static final int SERVICE_PORT = 443;
  private static final int MAX_EXCHANGES = 24;

  /** Maximum segment size 1460, as an option of SYN segments. */
  private static final byte[] MSS = {2, 4, 0x05, (byte) 0xb4};

  private static final byte[] NO_OPTIONS = {};

  /** A segment to send. */
  private record Step(int from, int flags, boolean carriesData) {}

  private final int[] addresses;
  private final int[] ports;
  private final int[] next;
  private final int payloadBytes;
  private final Queue<Step> script = new ArrayDeque<>();
  private final SplittableRandom random;

  /**
   * The client with this number connects to the service.
   *
   * @param payloadBytes data bytes of a segment that carries data
   */
  TcpConnection(int number, int payloadBytes, SplittableRandom random) {
    // Every other client has an address above the server's, so that both orders of the ends occur.
    int client = (number % 2 == 0 ? 0x0a00_0001 : 0xcb00_0001) + number / 2;
    this.addresses = new int[] {client, SERVER_ADDRESS};
    this.ports = new int[] {1024 + random.nextInt(60_000), SERVICE_PORT};
    this.next = new int[2];
    this.payloadBytes = payloadBytes;
    this.random = random;
    this.script.addAll(begin());
  }

  /** Begins the same connection again: another incarnation with numbers further on. */
  void reopen() {
    script.addAll(begin());
  }

  private List<Step> begin() {
    next[CLIENT] += random.nextInt(1 << 28);
    next[SERVER] += random.nextInt(1 << 28);
    return story();
  }

  /** Whether everything has been sent. */
  boolean isOver() {
    return script.isEmpty();
  }

  /** The next segment. */
  byte[] send(FrameBuilder frame, int frameBytes) {
    Step step = script.remove();
    byte[] bytes = segment(frame, frameBytes, step, next[step.from()], next[1 - step.from()]);
    next[step.from()] += span(step);
    return bytes;
  }

  /** A segment with the ends' addresses that one of them may never have sent. */
  byte[] stray(FrameBuilder frame, int frameBytes) {
    int from = random.nextInt(2);
    int[] flags = {
      FrameBuilder.RST,
      FrameBuilder.RST | FrameBuilder.ACK,
      FrameBuilder.SYN,
      FrameBuilder.SYN | FrameBuilder.ACK,
      FrameBuilder.FIN | FrameBuilder.ACK,
      FrameBuilder.ACK,
      random.nextInt(256)
    };
    Step step = new Step(from, flags[random.nextInt(flags.length)], random.nextBoolean());
    return segment(frame, frameBytes, step, next[from] + offset(), next[1 - from] + offset());
  }

  /** Often nothing, sometimes a few bytes either way, sometimes anything. */
  private int offset() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(-3 * payloadBytes - 3, 3 * payloadBytes + 3);
      default -> 0;
    };
  }

  private byte[] segment(FrameBuilder frame, int frameBytes, Step step, int sequence, int acked) {
    boolean acknowledges = (step.flags() & FrameBuilder.ACK) != 0;
    boolean opens = (step.flags() & FrameBuilder.SYN) != 0;
    frame
        .ethernet()
        .ipv4(
            addresses[step.from()],
            addresses[1 - step.from()],
            FrameBuilder.PROTO_TCP,
            0,
            NO_OPTIONS)
        .tcp(
            ports[step.from()],
            ports[1 - step.from()],
            step.flags(),
            sequence,
            acknowledges ? acked : 0)
        .tcpOptions(opens ? MSS : NO_OPTIONS);
    int length = frame.length() + (step.carriesData() ? payloadBytes : 0);
    byte[] bytes = frame.padTo(length).build();
    return bytes.length < frameBytes ? Arrays.copyOf(bytes, frameBytes) : bytes;
  }

  private int span(Step step) {
    int marks = Integer.bitCount(step.flags() & (FrameBuilder.SYN | FrameBuilder.FIN));
    return marks + (step.carriesData() ? payloadBytes : 0);
  }

  /** What happens: mostly a connection that ends in order, and every way in which one does not. */
  private List<Step> story() {
    List<Step> steps = new ArrayList<>();
    switch (random.nextInt(16)) {
      case 0 -> steps.add(syn(CLIENT)); // nobody answers
      case 1 -> { // refused
        steps.add(syn(CLIENT));
        steps.add(new Step(SERVER, FrameBuilder.RST | FrameBuilder.ACK, false));
      }
      case 2 -> { // the client never confirms
        steps.add(syn(CLIENT));
        steps.add(new Step(SERVER, FrameBuilder.SYN | FrameBuilder.ACK, false));
      }
      case 3 -> { // both open at once
        steps.add(syn(CLIENT));
        steps.add(syn(SERVER));
        steps.add(ack(CLIENT));
        steps.add(ack(SERVER));
        talk(steps);
        close(steps);
      }
      case 4 -> { // reset on the way
        handshake(steps);
        talk(steps);
        steps.add(new Step(random.nextInt(2), FrameBuilder.RST, false));
      }
      case 5 -> { // falls silent
        handshake(steps);
        talk(steps);
      }
      default -> {
        handshake(steps);
        talk(steps);
        close(steps);
      }
    }
    return steps;
  }

  private static void handshake(List<Step> steps) {
    steps.add(syn(CLIENT));
    steps.add(new Step(SERVER, FrameBuilder.SYN | FrameBuilder.ACK, false));
    steps.add(ack(CLIENT));
  }

  private void talk(List<Step> steps) {
    int exchanges = random.nextInt(MAX_EXCHANGES);
    for (int i = 0; i < exchanges; i++) {
      int from = random.nextInt(2);
      steps.add(data(from));
      if (random.nextBoolean()) {
        steps.add(ack(1 - from));
      }
    }
  }

  /** One end first, or both at once; the other end may go on sending for a while. */
  private void close(List<Step> steps) {
    int first = random.nextInt(2);
    steps.add(fin(first));
    if (random.nextInt(4) == 0) {
      steps.add(fin(1 - first));
      steps.add(ack(first));
      steps.add(ack(1 - first));
      return;
    }
    steps.add(ack(1 - first));
    for (int more = random.nextInt(4); more > 0; more--) {
      steps.add(data(1 - first));
    }
    steps.add(fin(1 - first));
    steps.add(ack(first));
  }

  private static Step syn(int from) {
    return new Step(from, FrameBuilder.SYN, false);
  }

  private static Step ack(int from) {
    return new Step(from, FrameBuilder.ACK, false);
  }

  private static Step fin(int from) {
    return new Step(from, FrameBuilder.FIN | FrameBuilder.ACK, false);
  }

  private static Step data(int from) {
    return new Step(from, FrameBuilder.PSH | FrameBuilder.ACK, true);
  }
}
