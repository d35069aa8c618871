package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The connection tracker does what docs/conntrack.md says, cell by cell. */
class ConntrackTableTest {
  private static final Path PAGE = Path.of("../docs/conntrack.md").toAbsolutePath();
  private static final String NOTHING = "–";
  private static final List<String> SEGMENTS =
      List.of("SYN", "new SYN", "SYN+ACK", "ACK", "FIN", "RST");

  /** In the order of the numbers that the program stores. */
  private static final List<String> STATES =
      List.of(
          "none",
          "SYN_SENT",
          "SYN_SENT2",
          "SYN_RECV",
          "ESTABLISHED",
          "FIN_WAIT",
          "CLOSE_WAIT",
          "LAST_ACK",
          "TIME_WAIT",
          "CLOSE");

  /** What leads to a state: who sends which segment. */
  private static final Map<String, List<String>> WAYS =
      Map.of(
          "none", List.of(),
          "SYN_SENT", List.of("A SYN"),
          "SYN_SENT2", List.of("A SYN", "B SYN"),
          "SYN_RECV", List.of("A SYN", "B SYN+ACK"),
          "ESTABLISHED", List.of("A SYN", "B SYN+ACK", "A ACK"),
          "FIN_WAIT", List.of("A SYN", "B SYN+ACK", "A ACK", "A FIN"),
          "CLOSE_WAIT", List.of("A SYN", "B SYN+ACK", "A ACK", "A FIN", "B ACK"),
          "LAST_ACK", List.of("A SYN", "B SYN+ACK", "A ACK", "A FIN", "B FIN"),
          "TIME_WAIT", List.of("A SYN", "B SYN+ACK", "A ACK", "A FIN", "B FIN", "A ACK"),
          "CLOSE", List.of("A SYN", "B SYN+ACK", "A RST"));

  /** A cell: in a state, an end sends a segment; what then. */
  record Cell(String state, String end, String segment, String next) {}

  static Stream<Cell> cells() throws IOException {
    return rows().stream()
        .flatMap(row ->
            Stream.of("A", "B")
                .flatMap(end ->
                    SEGMENTS.stream()
                        .map(segment -> {
                          int column = 1 + SEGMENTS.indexOf(segment);
                          int shift = end.equals("A") ? 0 : SEGMENTS.size();
                          return new Cell(row.getFirst(), end, segment, row.get(column + shift));
                        })));
  }

  private static List<List<String>> rows() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).skip(1).toList())
        .filter(row -> row.size() == 1 + 2 * SEGMENTS.size() && STATES.contains(row.getFirst()))
        .toList();
  }

  @Test
  void thePageHasEveryState() throws IOException {
    assertEquals(STATES, rows().stream().map(List::getFirst).toList());
  }

  @ParameterizedTest
  @MethodSource("cells")
  void doesWhatThePageSays(Cell cell) {
    // Both orders of the ends, and numbers that wrap.
    for (int aAddress : new int[] {0x0a000001, 0xcb000001}) {
      for (int first : new int[] {1000, -2}) {
        try (Conversation conversation = new Conversation(aAddress, first, Map.of())) {
          WAYS.getOrDefault(cell.state(), List.of()).forEach(conversation::says);
          assertEquals(cell.state(), conversation.state(), "before");
          Verdict verdict = conversation.says(cell.end() + " " + cell.segment());
          boolean belongs = !cell.next().equals(NOTHING);
          assertEquals(belongs ? Verdict.PASS : Verdict.DROP, verdict);
          assertEquals(belongs ? cell.next() : cell.state(), conversation.state());
        }
      }
    }
  }

  @Test
  void silenceLongerThanAStatesTimeoutEndsIt() {
    ProgramObject object = ProgramObject.of(PacketProgram.CONNTRACK);
    for (String state : STATES.subList(1, STATES.size())) {
      String name = state.toLowerCase(java.util.Locale.ROOT) + "_s";
      long timeoutUs =
          object.parameters().stream()
                  .filter(parameter -> parameter.name().equals(name))
                  .findFirst()
                  .orElseThrow()
                  .values()
                  .getFirst()
              * 1_000_000;
      for (long more : new long[] {0, 1}) {
        try (Conversation conversation = new Conversation(1, 7, Map.of("connections", "1"))) {
          WAYS.getOrDefault(state, List.of()).forEach(conversation::says);
          conversation.nowUs += timeoutUs + more;
          conversation.says("A nonsense");
          Verdict other = conversation.opens(9);
          assertEquals(more == 0 ? Verdict.DROP : Verdict.PASS, other, state + " after " + more);
        }
      }
    }
  }

  @Test
  void nothingButASynReachesAConnectionThatHasTimedOut() {
    try (Conversation conversation = new Conversation(1, 7, Map.of("established_s", "5"))) {
      WAYS.getOrDefault("ESTABLISHED", List.of()).forEach(conversation::says);
      conversation.nowUs += 5_000_001;
      assertEquals(Verdict.DROP, conversation.says("A ACK"));
      assertEquals(Verdict.DROP, conversation.says("B RST"));
      assertEquals(Verdict.PASS, conversation.says("B SYN"));
      assertEquals("SYN_SENT", conversation.state());
    }
  }

  @Test
  void aResetCountsWithinWhatIsUnderWayOnly() {
    int sent = 500;
    for (int[] offsetAndValid :
        new int[][] {{-1, 0}, {0, 1}, {1, 1}, {sent - 1, 1}, {sent, 1}, {sent + 1, 0}}) {
      try (Conversation conversation = new Conversation(1, -100, Map.of())) {
        WAYS.getOrDefault("ESTABLISHED", List.of()).forEach(conversation::says);
        conversation.sends("A", TcpFrames.ACK, 0, sent);
        Verdict verdict = conversation.sends("A", TcpFrames.RST, offsetAndValid[0] - sent, 0);
        assertEquals(offsetAndValid[1] == 1 ? Verdict.PASS : Verdict.DROP, verdict);
        assertEquals(offsetAndValid[1] == 1 ? "CLOSE" : "ESTABLISHED", conversation.state());
      }
    }
  }

  @Test
  void dataBeyondReachDoesNotBelong() {
    Map<String, String> reach = Map.of("reach", "10000");
    for (int[] offsetAndValid : new int[][] {{-10001, 0}, {-10000, 1}, {10000, 1}, {10001, 0}}) {
      try (Conversation conversation = new Conversation(1, -100, reach)) {
        WAYS.getOrDefault("ESTABLISHED", List.of()).forEach(conversation::says);
        Verdict verdict = conversation.sends("B", TcpFrames.ACK, offsetAndValid[0], 0);
        assertEquals(offsetAndValid[1] == 1 ? Verdict.PASS : Verdict.DROP, verdict);
      }
    }
  }

  @Test
  void aFullTableTakesNoMoreUntilAConnectionTimesOut() {
    Map<String, String> two = Map.of("connections", "2", "syn_sent_s", "5");
    try (Conversation conversation = new Conversation(1, 0, two)) {
      for (int port = 1; port <= 3; port++) {
        Verdict verdict = conversation.opens(port);
        assertEquals(port <= 2 ? Verdict.PASS : Verdict.DROP, verdict, "port " + port);
      }
      conversation.nowUs += 5_000_001;
      assertEquals(Verdict.PASS, conversation.opens(3));
      assertEquals(2, conversation.program.state().size());
    }
  }

  /** Two ends over a tracker. Numbers go on as the page describes the segments of its table. */
  private static final class Conversation implements AutoCloseable {
    private static final TcpFrames.End B = new TcpFrames.End(0xc0a80a01, 443);

    private final SequentialProgram program;
    private final TcpFrames.End a;
    private final int[] first;
    private final int[] next;
    private final boolean[] spoken = new boolean[2];
    private final boolean[] finished = new boolean[2];
    private long nowUs = 1_000_000;

    Conversation(int aAddress, int firstNumber, Map<String, String> parameters) {
      ProgramObject object = ProgramObject.of(PacketProgram.CONNTRACK);
      program = new SequentialProgram(object.with(parameters), Engine.INTERPRETER);
      a = new TcpFrames.End(aAddress, 5000);
      first = new int[] {firstNumber, firstNumber * 3};
      next = first.clone();
    }

    Verdict says(String endAndSegment) {
      String[] parts = endAndSegment.split(" ", 2);
      int end = parts[0].equals("A") ? 0 : 1;
      return switch (parts[1]) {
        case "SYN" -> syn(end, first[end], TcpFrames.SYN);
        case "new SYN" -> syn(end, next[end] + 100_000, TcpFrames.SYN);
        case "SYN+ACK" -> syn(end, first[end], TcpFrames.SYN | TcpFrames.ACK);
        case "ACK" -> sends(parts[0], TcpFrames.ACK, 0, 0);
        case "FIN" -> fin(end, parts[0]);
        case "RST" -> sends(parts[0], TcpFrames.RST | TcpFrames.ACK, 0, 0);
        default -> sends(parts[0], 0, 0, 0);
      };
    }

    private Verdict syn(int end, int number, int flags) {
      if (!spoken[end]) {
        spoken[end] = true;
        next[end] = number + 1;
      }
      int ack = (flags & TcpFrames.ACK) != 0 ? next[1 - end] : 0;
      return run(end, flags, number, ack, 0);
    }

    private Verdict fin(int end, String name) {
      Verdict verdict = sends(name, TcpFrames.FIN | TcpFrames.ACK, finished[end] ? -1 : 0, 0);
      if (!finished[end]) {
        finished[end] = true;
        next[end]++;
      }
      return verdict;
    }

    /** A segment that many numbers beyond what its end has sent, or before it if negative. */
    Verdict sends(String name, int flags, int beyond, int bytes) {
      int end = name.equals("A") ? 0 : 1;
      Verdict verdict = run(end, flags, next[end] + beyond, next[1 - end], bytes);
      next[end] += bytes;
      return verdict;
    }

    /** Another client opens a connection. */
    Verdict opens(int port) {
      byte[] frame =
          TcpFrames.segment(
              new TcpFrames.End(a.address(), port), B, TcpFrames.SYN, port * 1000, 0, 0);
      return program.handle(frame, frame.length, nowUs * 1000);
    }

    private Verdict run(int end, int flags, int sequence, int acknowledgment, int bytes) {
      TcpFrames.End from = end == 0 ? a : B;
      TcpFrames.End to = end == 0 ? B : a;
      byte[] frame = TcpFrames.segment(from, to, flags, sequence, acknowledgment, bytes);
      return program.handle(frame, frame.length, nowUs * 1000);
    }

    String state() {
      List<MapEntry> entries = program.state();
      assertTrue(entries.size() <= 1);
      int offsetOfState = 24;
      return entries.isEmpty()
          ? "none"
          : STATES.get(ByteBuffer.wrap(entries.getFirst().value()).get(offsetOfState));
    }

    @Override
    public void close() {
      program.close();
    }
  }
}
