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
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs in BPF C do what independent programs in plain Java do, on every engine. */
class OracleTest {
  /** What a program is: packet by packet, to a verdict and a state by source address. */
  private interface Oracle {
    Verdict handle(Packet packet);

    Map<Integer, Long> state();
  }

  /** What an oracle sees of a packet; the rules of docs/wire-format.md, written a second time. */
  private record Packet(boolean malformed, Optional<Integer> source, Optional<Tcp> tcp) {
    private static final Packet MALFORMED = new Packet(true, Optional.empty(), Optional.empty());
    private static final Packet OTHER = new Packet(false, Optional.empty(), Optional.empty());

    static Packet of(byte[] bytes, boolean readsTcp) {
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
          return ipv4(frame, start, readsTcp);
        }
        if ((type != 0x8100 && type != 0x88a8) || tags++ == 2) {
          return OTHER;
        }
        start += 4;
      }
    }

    private static Packet ipv4(ByteBuffer frame, int start, boolean readsTcp) {
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
      if (!readsTcp || frame.get(start + 9) != 6 || !first) {
        return new Packet(false, source, Optional.empty());
      }
      if (total < header + 20) {
        return MALFORMED;
      }
      int tcp = start + header;
      return new Packet(
          false,
          source,
          Optional.of(new Tcp(frame.getShort(tcp + 2) & 0xffff, frame.get(tcp + 13))));
    }
  }

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
    public Map<Integer, Long> state() {
      return packets;
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
    public Map<Integer, Long> state() {
      return progress;
    }
  }

  private static Oracle oracle(PacketProgram program) {
    return switch (program) {
      case DDOS -> new Ddos();
      case PORTKNOCK -> new Portknock();
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
            compare(sequential, oracle(program), trace, program == PacketProgram.PORTKNOCK);
          }
        });
  }

  private static void compare(
      SequentialProgram sequential, Oracle oracle, Trace trace, boolean readsTcp) {
    for (int i = 0; i < trace.size(); i++) {
      byte[] bytes = trace.bytes(i);
      Verdict expected = oracle.handle(Packet.of(bytes, readsTcp));
      int packet = i;
      assertEquals(
          expected,
          sequential.handle(bytes, bytes.length, trace.timestampNs(i)),
          () -> "packet " + packet + ": " + HexFormat.of().formatHex(bytes));
    }
    Map<Integer, Long> state = new TreeMap<>();
    for (MapEntry entry : sequential.state()) {
      ByteBuffer value = ByteBuffer.wrap(entry.value()).order(ByteOrder.LITTLE_ENDIAN);
      state.put(
          ByteBuffer.wrap(entry.key()).getInt(),
          entry.value().length == 8 ? value.getLong() : value.getInt());
    }
    assertEquals(oracle.state(), state);
  }
}
