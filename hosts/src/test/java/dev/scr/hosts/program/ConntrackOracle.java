package dev.scr.hosts.program;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Follows each connection as two endpoints that say what they have sent and heard, one method per
 * state of docs/conntrack.md.
 */
final class ConntrackOracle implements Oracle {
  private static final long NUMBERS = 1L << 32;
  private static final int TRIES = 4;

  /** In the order of the numbers that the program stores. */
  private enum State {
    NONE(0, "none"),
    SYN_SENT(1, "syn_sent_s"),
    SYN_SENT2(2, "syn_sent2_s"),
    SYN_RECV(3, "syn_recv_s"),
    ESTABLISHED(4, "established_s"),
    FIN_WAIT(5, "fin_wait_s"),
    CLOSE_WAIT(6, "close_wait_s"),
    LAST_ACK(7, "last_ack_s"),
    TIME_WAIT(8, "time_wait_s"),
    CLOSE(9, "close_s");

    private final int number;
    private final String timeout;

    State(int number, String timeout) {
      this.number = number;
      this.timeout = timeout;
    }
  }

  /** One end: what it has sent, what of that has been acknowledged, what it has done. */
  private static final class End {
    private long sent;
    private long heard;
    private boolean confirmed;
    private boolean finished;

    boolean allHeard() {
      return sent == heard;
    }
  }

  private static final class Connection {
    private State state = State.SYN_SENT;
    private long seenUs;
    private End low = new End();
    private End high = new End();
    private boolean openedByHigh;

    End end(boolean isHigh) {
      return isHigh ? high : low;
    }
  }

  private final Map<String, Connection> connections = new TreeMap<>();
  private final List<String> seats = new ArrayList<>();
  private final Values values;
  private final int capacity;
  private final long reach;
  private int turn;

  ConntrackOracle(Values values) {
    this.values = values;
    this.capacity = (int) values.one("connections");
    this.reach = values.one("reach");
  }

  /** A segment, and which end it comes from. */
  private record Segment(OraclePacket.Tcp tcp, boolean fromHigh) {
    long start() {
      return tcp.sequence();
    }

    long end() {
      return plus(tcp.sequence(), tcp.payload() + (tcp.syn() ? 1 : 0) + (tcp.fin() ? 1 : 0));
    }

    long ack() {
      return tcp.acknowledgment();
    }
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    OraclePacket.Tcp tcp = packet.tcp().orElseThrow();
    boolean self = tcp.source() == tcp.destination() && tcp.sourcePort() == tcp.port();
    if (tcp.headerBytes() < 20 || tcp.payload() < 0 || self || !makesSense(tcp)) {
      return Verdict.DROP;
    }
    boolean fromHigh =
        tcp.source() != tcp.destination()
            ? tcp.source() > tcp.destination()
            : tcp.sourcePort() > tcp.port();
    String key =
        fromHigh
            ? key(tcp.destination(), tcp.source(), tcp.port(), tcp.sourcePort())
            : key(tcp.source(), tcp.destination(), tcp.sourcePort(), tcp.port());
    Segment segment = new Segment(tcp, fromHigh);
    Connection known = connections.get(key);
    boolean forgotten = known != null && isOver(known, packet.timeUs());
    if (known == null || forgotten) {
      boolean opened = tcp.opens() && (forgotten || takeSeat(key, packet.timeUs()));
      if (opened) {
        Connection fresh = new Connection();
        start(fresh, segment);
        fresh.seenUs = packet.timeUs();
        connections.put(key, fresh);
      }
      return opened ? Verdict.PASS : Verdict.DROP;
    }
    if (!accept(known, segment)) {
      return Verdict.DROP;
    }
    known.seenUs = packet.timeUs();
    return Verdict.PASS;
  }

  private static String key(long low, long high, int lowPort, int highPort) {
    return "%08x%08x%04x%04x06000000".formatted(low, high, lowPort, highPort);
  }

  /** A segment opens, or finishes, or resets; and but for an opening one and a reset it has ACK. */
  private static boolean makesSense(OraclePacket.Tcp tcp) {
    int purposes = (tcp.syn() ? 1 : 0) + (tcp.fin() ? 1 : 0) + (tcp.rst() ? 1 : 0);
    return purposes <= 1 && (tcp.ack() || tcp.syn() || tcp.rst());
  }

  private boolean isOver(Connection connection, long nowUs) {
    return nowUs - connection.seenUs > values.one(connection.state.timeout) * 1_000_000;
  }

  private boolean takeSeat(String key, long nowUs) {
    if (seats.size() < capacity) {
      seats.add(key);
      return true;
    }
    for (int tried = 0; tried < TRIES; tried++) {
      int seat = turn % capacity;
      turn = seat + 1;
      Connection held = connections.get(seats.get(seat));
      if (held == null || isOver(held, nowUs)) {
        connections.remove(seats.get(seat));
        seats.set(seat, key);
        return true;
      }
    }
    return false;
  }

  private static void start(Connection connection, Segment segment) {
    connection.state = State.SYN_SENT;
    connection.low = new End();
    connection.high = new End();
    connection.openedByHigh = segment.fromHigh();
    speakFirst(connection.end(segment.fromHigh()), segment);
  }

  private static void speakFirst(End end, Segment segment) {
    end.sent = segment.end();
    end.heard = segment.start();
  }

  private boolean accept(Connection connection, Segment segment) {
    if (segment.tcp().rst()) {
      return reset(connection, segment);
    }
    return switch (connection.state) {
      case NONE -> throw new IllegalStateException("a connection without state");
      case SYN_SENT -> inSynSent(connection, segment);
      case SYN_SENT2 -> inSynSent2(connection, segment);
      case SYN_RECV -> inSynRecv(connection, segment);
      case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK ->
          !segment.tcp().opens() && converse(connection, segment);
      case TIME_WAIT -> inTimeWait(connection, segment);
      case CLOSE -> {
        if (segment.tcp().opens()) {
          start(connection, segment);
        }
        yield segment.tcp().opens();
      }
    };
  }

  private static boolean reset(Connection connection, Segment segment) {
    End speaker = connection.end(segment.fromHigh());
    End listener = connection.end(!segment.fromHigh());
    boolean refuses =
        connection.state == State.SYN_SENT && segment.fromHigh() != connection.openedByHigh;
    boolean right =
        refuses
            ? segment.tcp().ack() && isNews(listener, segment.ack())
            : minus(segment.start(), speaker.heard) <= minus(speaker.sent, speaker.heard);
    if (connection.state == State.CLOSE || !right) {
      return false;
    }
    if (connection.state != State.TIME_WAIT) {
      connection.state = State.CLOSE;
    }
    return true;
  }

  private static boolean inSynSent(Connection connection, Segment segment) {
    boolean opener = segment.fromHigh() == connection.openedByHigh;
    if (!segment.tcp().syn()) {
      return false;
    }
    if (segment.tcp().opens()) {
      if (opener) {
        start(connection, segment);
      } else {
        speakFirst(connection.end(segment.fromHigh()), segment);
        connection.state = State.SYN_SENT2;
      }
      return true;
    }
    End other = connection.end(!segment.fromHigh());
    if (opener || !isNews(other, segment.ack())) {
      return false;
    }
    End answering = connection.end(segment.fromHigh());
    speakFirst(answering, segment);
    answering.confirmed = true;
    other.heard = segment.ack();
    connection.state = State.SYN_RECV;
    return true;
  }

  private static boolean inSynSent2(Connection connection, Segment segment) {
    End speaker = connection.end(segment.fromHigh());
    if (!segment.tcp().syn() || segment.end() != speaker.sent) {
      return false;
    }
    if (segment.tcp().opens()) {
      return true;
    }
    End other = connection.end(!segment.fromHigh());
    if (!isNews(other, segment.ack())) {
      return false;
    }
    speaker.confirmed = true;
    other.heard = segment.ack();
    connection.state = State.SYN_RECV;
    return true;
  }

  private boolean inSynRecv(Connection connection, Segment segment) {
    End speaker = connection.end(segment.fromHigh());
    if (segment.tcp().opens()) {
      return segment.end() == speaker.sent;
    }
    return converse(connection, segment);
  }

  private boolean inTimeWait(Connection connection, Segment segment) {
    if (!segment.tcp().opens()) {
      return converse(connection, segment);
    }
    boolean further = minus(segment.start(), connection.end(segment.fromHigh()).sent) < NUMBERS / 2;
    if (further) {
      start(connection, segment);
    }
    return further;
  }

  /** A segment with ACK while both ends know each other's numbers. */
  private boolean converse(Connection connection, Segment segment) {
    End speaker = connection.end(segment.fromHigh());
    End listener = connection.end(!segment.fromHigh());
    boolean plausible =
        minus(listener.sent, segment.ack()) <= reach
            && Math.abs(signed(minus(segment.end(), speaker.sent))) <= reach;
    long fresh = signed(minus(segment.end(), speaker.sent));
    boolean mayBeFresh = !segment.tcp().syn() && !speaker.finished;
    boolean finOutOfPlace = segment.tcp().fin() && (speaker.finished ? fresh != 0 : fresh <= 0);
    boolean mustConfirm = connection.state == State.SYN_RECV && !speaker.confirmed;
    if (!plausible
        || (fresh > 0 && !mayBeFresh)
        || finOutOfPlace
        || (mustConfirm && !isNews(listener, segment.ack()))) {
      return false;
    }
    if (mustConfirm) {
      speaker.confirmed = true;
    }
    speaker.sent = fresh > 0 ? segment.end() : speaker.sent;
    listener.heard =
        signed(minus(segment.ack(), listener.heard)) > 0 ? segment.ack() : listener.heard;
    speaker.finished |= segment.tcp().fin();
    connection.state = following(connection);
    return true;
  }

  private static State following(Connection connection) {
    End low = connection.low;
    End high = connection.high;
    if (low.finished && high.finished) {
      return low.allHeard() && high.allHeard() ? State.TIME_WAIT : State.LAST_ACK;
    }
    if (low.finished || high.finished) {
      return (low.finished ? low : high).allHeard() ? State.CLOSE_WAIT : State.FIN_WAIT;
    }
    return low.confirmed && high.confirmed ? State.ESTABLISHED : State.SYN_RECV;
  }

  /** Whether a number acknowledges something that an end has sent and nobody has acknowledged. */
  private static boolean isNews(End sender, long ack) {
    long news = minus(ack, sender.heard);
    return news >= 1 && news <= minus(sender.sent, sender.heard);
  }

  private static long plus(long number, long more) {
    return Math.floorMod(number + more, NUMBERS);
  }

  private static long minus(long number, long less) {
    return Math.floorMod(number - less, NUMBERS);
  }

  private static long signed(long difference) {
    return difference < NUMBERS / 2 ? difference : difference - NUMBERS;
  }

  @Override
  public void obey(String command, Map<String, String> fields) {
    long low = Oracle.address(Oracle.field(fields, "low_addr")) & 0xffffffffL;
    long high = Oracle.address(Oracle.field(fields, "high_addr")) & 0xffffffffL;
    int lowPort = Integer.parseInt(Oracle.field(fields, "low_port"));
    int highPort = Integer.parseInt(Oracle.field(fields, "high_port"));
    connections.remove(key(low, high, lowPort, highPort));
    connections.remove(key(high, low, highPort, lowPort));
  }

  @Override
  public Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    connections.forEach((key, c) ->
        state.put(
            key,
            Oracle.little(c.seenUs, 8)
                + end(c.low)
                + end(c.high)
                + Oracle.little(c.state.number, 1)
                + Oracle.little(c.openedByHigh ? 1 : 0, 1)
                + Oracle.little(bits(c.low.confirmed, c.high.confirmed), 1)
                + Oracle.little(bits(c.low.finished, c.high.finished), 1)
                + Oracle.little(0, 4)));
    return state;
  }

  private static String end(End end) {
    return Oracle.little(end.sent, 4) + Oracle.little(end.heard, 4);
  }

  private static int bits(boolean low, boolean high) {
    return (low ? 1 : 0) + (high ? 2 : 0);
  }
}
