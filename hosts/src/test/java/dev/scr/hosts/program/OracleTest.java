package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs in BPF C do what independent programs in plain Java do, on every engine. */
class OracleTest {
  /** What a program is: packet by packet, to a verdict and a state by source address. */
  private interface Oracle {
    Verdict handle(Packet packet);

    /** Keys and values in hexadecimal. */
    Map<String, String> state();
  }

  /** What an oracle sees of a packet; the rules of docs/wire-format.md, written a second time. */
  private record Packet(
      boolean malformed,
      Optional<Integer> source,
      Optional<Tcp> tcp,
      Optional<Flow> flow,
      long timeUs) {
    private static final Packet MALFORMED = other(true);
    private static final Packet OTHER = other(false);

    private static Packet other(boolean malformed) {
      return new Packet(malformed, Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }

    Packet at(long newTimeUs) {
      return new Packet(malformed, source, tcp, flow, newTimeUs);
    }

    static Packet of(byte[] bytes, Set<Integer> reads) {
      ByteBuffer frame = ByteBuffer.wrap(bytes);
      int start = 14;
      int tags = 0;
      while (true) {
        if (bytes.length < start) {
          return MALFORMED;
        }
        int type = frame.getShort(start - 2) & 0xffff;
        if (type == 0x88b5) {
          return MALFORMED;
        }
        if (type == 0x0800) {
          return ipv4(frame, start, reads);
        }
        if ((type != 0x8100 && type != 0x88a8) || tags++ == 2) {
          return OTHER;
        }
        start += 4;
      }
    }

    private static Packet ipv4(ByteBuffer frame, int start, Set<Integer> reads) {
      int left = frame.capacity() - start;
      if (left < 20) {
        return MALFORMED;
      }
      int header = (frame.get(start) & 15) * 4;
      int total = frame.getShort(start + 2) & 0xffff;
      boolean sane = frame.get(start) >> 4 == 4 && header >= 20 && total >= header && total <= left;
      if (!sane) {
        return MALFORMED;
      }
      boolean first = (frame.getShort(start + 6) & 0x1fff) == 0;
      Optional<Integer> source = Optional.of(frame.getInt(start + 12));
      int protocol = frame.get(start + 9);
      if (!reads.contains(protocol) || !first) {
        return new Packet(false, source, Optional.empty(), Optional.empty(), 0);
      }
      if (total < header + (protocol == 6 ? 20 : 8)) {
        return MALFORMED;
      }
      int transport = start + header;
      Optional<Tcp> tcp =
          protocol == 6
              ? Optional.of(
                  new Tcp(frame.getShort(transport + 2) & 0xffff, frame.get(transport + 13)))
              : Optional.empty();
      byte[] key = new byte[16];
      frame.get(start + 12, key, 0, 8).get(transport, key, 8, 4);
      key[12] = (byte) protocol;
      Flow flow = new Flow(HexFormat.of().formatHex(key), total);
      return new Packet(false, source, tcp, Optional.of(flow), 0);
    }
  }

  /** A 5-tuple as the programs' key, and the bytes of this packet. */
  private record Flow(String key, int bytes) {}

  private record Tcp(int port, int flags) {
    boolean opens() {
      return (flags & 0x02) != 0 && (flags & 0x10) == 0;
    }
  }

  private static final class Ddos implements Oracle {
    private final Map<Integer, Long> packets = new TreeMap<>();

    @Override
    public Verdict handle(Packet packet) {
      if (packet.malformed()) {
        return Verdict.DROP;
      }
      return packet
          .source()
          .map(source -> packets.merge(source, 1L, Long::sum) > 1000 ? Verdict.DROP : Verdict.PASS)
          .orElse(Verdict.PASS);
    }

    @Override
    public Map<String, String> state() {
      return bySource(packets, 8);
    }
  }

  private static final class Portknock implements Oracle {
    private static final List<Integer> SECRET = List.of(7001, 7002, 7003);
    private final Map<Integer, Long> progress = new TreeMap<>();

    @Override
    public Verdict handle(Packet packet) {
      if (packet.malformed()) {
        return Verdict.DROP;
      }
      if (packet.tcp().isEmpty()) {
        return Verdict.PASS;
      }
      int source = packet.source().orElseThrow();
      int before = progress.getOrDefault(source, 0L).intValue();
      int after = packet.tcp().get().opens() ? next(before, packet.tcp().get().port()) : before;
      if (after > 0 || progress.containsKey(source)) {
        progress.put(source, (long) after);
      }
      return after == SECRET.size() ? Verdict.PASS : Verdict.DROP;
    }

    private static int next(int before, int port) {
      if (before == SECRET.size() || SECRET.get(before) == port) {
        return Math.min(before + 1, SECRET.size());
      }
      return SECRET.getFirst() == port ? 1 : 0;
    }

    @Override
    public Map<String, String> state() {
      return bySource(progress, 4);
    }
  }

  private static final class Heavyhitter implements Oracle {
    private final Map<String, Long> bytes = new TreeMap<>();

    @Override
    public Verdict handle(Packet packet) {
      if (packet.malformed()) {
        return Verdict.DROP;
      }
      return packet
          .flow()
          .map(f -> bytes.merge(f.key(), (long) f.bytes(), Long::sum) > 100_000)
          .map(heavy -> heavy ? Verdict.TX : Verdict.PASS)
          .orElse(Verdict.PASS);
    }

    @Override
    public Map<String, String> state() {
      Map<String, String> state = new TreeMap<>();
      bytes.forEach((key, value) -> state.put(key, little(value, 8)));
      return state;
    }
  }

  /**
   * Counts in exact points of time instead of remainders: a token is due each 50 us while there is
   * room.
   */
  private static final class Tokenbucket implements Oracle {
    private static final long BURST = 16;
    private static final long INTERVAL_US = 50;
    private final Map<String, long[]> buckets = new TreeMap<>();

    @Override
    public Verdict handle(Packet packet) {
      if (packet.malformed()) {
        return Verdict.DROP;
      }
      if (packet.flow().isEmpty()) {
        return Verdict.PASS;
      }
      long now = packet.timeUs();
      long[] bucket =
          buckets.computeIfAbsent(packet.flow().get().key(), _ -> new long[] {now, BURST});
      while (bucket[1] < BURST && now - bucket[0] >= INTERVAL_US) {
        bucket[1]++;
        bucket[0] += INTERVAL_US;
      }
      if (bucket[1] == BURST) {
        bucket[0] = now;
      }
      if (bucket[1] == 0) {
        return Verdict.DROP;
      }
      bucket[1]--;
      return Verdict.PASS;
    }

    @Override
    public Map<String, String> state() {
      Map<String, String> state = new TreeMap<>();
      buckets.forEach((key, b) -> state.put(key, little(b[0], 4) + little(b[1], 4)));
      return state;
    }
  }

  private static Map<String, String> bySource(Map<Integer, Long> values, int bytes) {
    Map<String, String> state = new TreeMap<>();
    values.forEach((source, value) -> state.put("%08x".formatted(source), little(value, bytes)));
    return state;
  }

  private static String little(long value, int bytes) {
    byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return HexFormat.of().formatHex(all, 0, bytes);
  }

  private static Oracle oracle(PacketProgram program) {
    return switch (program) {
      case DDOS -> new Ddos();
      case PORTKNOCK -> new Portknock();
      case HEAVYHITTER -> new Heavyhitter();
      case TOKENBUCKET -> new Tokenbucket();
    };
  }

  /** The IP protocols whose headers a program reads. */
  private static Set<Integer> reads(PacketProgram program) {
    return switch (program) {
      case DDOS -> Set.of();
      case PORTKNOCK -> Set.of(6);
      case HEAVYHITTER, TOKENBUCKET -> Set.of(6, 17);
    };
  }

  @ParameterizedTest
  @EnumSource
  void programDoesWhatTheOracleDoes(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    List<Engine> engines = List.of(Engine.values());
    Seeds.forAll(
        30,
        seed -> {
          TraceKind kind = seed % 3 == 0 ? TraceKind.ZIPF : TraceKind.MIXED;
          Trace trace = TraceGenerator.generate(new TraceSpec(kind, 5_000, 8, 64, seed));
          Engine engine = engines.get(Math.floorMod(seed, engines.size()));
          try (SequentialProgram sequential = new SequentialProgram(object, engine)) {
            compare(sequential, oracle(program), trace, reads(program));
          }
        });
  }

  private static void compare(
      SequentialProgram sequential, Oracle oracle, Trace trace, Set<Integer> reads) {
    for (int i = 0; i < trace.size(); i++) {
      byte[] bytes = trace.bytes(i);
      Verdict expected = oracle.handle(Packet.of(bytes, reads).at(trace.timestampNs(i) / 1000));
      int packet = i;
      assertEquals(
          expected,
          sequential.handle(bytes, bytes.length, trace.timestampNs(i)),
          () -> "packet " + packet + ": " + HexFormat.of().formatHex(bytes));
    }
    Map<String, String> state = new TreeMap<>();
    for (MapEntry entry : sequential.state()) {
      state.put(HexFormat.of().formatHex(entry.key()), HexFormat.of().formatHex(entry.value()));
    }
    assertEquals(oracle.state(), state);
  }
}
