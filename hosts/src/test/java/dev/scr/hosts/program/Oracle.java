package dev.scr.hosts.program;

import dev.scr.pipeline.PacketProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a program is, in plain Java that owes nothing to its BPF code: packet by packet, to a
 * verdict and a state. Broken packets and those that the program does not look at never get here.
 */
interface Oracle {
  /** A packet that the program looks at. */
  Verdict handle(OraclePacket packet);

  /** Does a command of the controller; a field has the value that a user has written. */
  void obey(String command, Map<String, String> fields);

  /** Keys and values in hexadecimal. */
  Map<String, String> state();

  /** The oracle of a program whose parameters have these values. */
  static Oracle of(PacketProgram program, Values values) {
    return switch (program) {
      case DDOS -> new DdosOracle(values);
      case HEAVYHITTER -> new HeavyhitterOracle(values);
      case CONNTRACK -> new ConntrackOracle(values);
      case TOKENBUCKET -> new TokenbucketOracle(values);
      case PORTKNOCK -> new PortknockOracle(values);
    };
  }

  /** The IP protocols whose headers a program reads. */
  static Set<Integer> reads(PacketProgram program) {
    return switch (program) {
      case DDOS -> Set.of();
      case CONNTRACK, PORTKNOCK -> Set.of(6);
      case HEAVYHITTER, TOKENBUCKET -> Set.of(6, 17);
    };
  }

  /** Whether a program looks at a packet at all. */
  static boolean looksAt(PacketProgram program, OraclePacket packet) {
    return switch (program) {
      case DDOS -> packet.source().isPresent();
      case CONNTRACK, PORTKNOCK -> packet.tcp().isPresent();
      case HEAVYHITTER, TOKENBUCKET -> packet.flow().isPresent();
    };
  }

  /** Values of parameters by name. */
  record Values(Map<String, List<Long>> byName) {
    long one(String name) {
      return many(name).getFirst();
    }

    List<Long> many(String name) {
      List<Long> values = byName.get(name);
      if (values == null) {
        throw new IllegalStateException("the program has no parameter " + name);
      }
      return values;
    }
  }

  /** An IPv4 address as a number. */
  static int address(String text) {
    int address = 0;
    for (String part : text.split("\\.", -1)) {
      address = address * 256 + Integer.parseInt(part);
    }
    return address;
  }

  /** A 5-tuple as the programs' key. */
  static String flow(Map<String, String> fields) {
    return "%08x%08x%04x%04x%02x000000"
        .formatted(
            address(field(fields, "src_addr")),
            address(field(fields, "dst_addr")),
            Integer.parseInt(field(fields, "src_port")),
            Integer.parseInt(field(fields, "dst_port")),
            Integer.parseInt(field(fields, "protocol")));
  }

  /** The value of a field that a command has. */
  static String field(Map<String, String> fields, String name) {
    return Objects.requireNonNull(fields.get(name), name);
  }

  /** A state of unsigned numbers of that many bytes, by IPv4 address. */
  static Map<String, String> bySource(Map<Integer, Long> values, int bytes) {
    Map<String, String> state = new TreeMap<>();
    values.forEach((source, value) -> state.put("%08x".formatted(source), little(value, bytes)));
    return state;
  }

  /** A number as little-endian bytes. */
  static String little(long value, int bytes) {
    byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return HexFormat.of().formatHex(all, 0, bytes);
  }
}
