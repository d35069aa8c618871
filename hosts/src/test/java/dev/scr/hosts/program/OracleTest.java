package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs in BPF C do what independent programs in plain Java do, on every engine. */
class OracleTest {
  private static final int PACKETS = 5_000;

  @ParameterizedTest
  @EnumSource
  void programDoesWhatTheOracleDoes(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Seeds.forAll(30, seed -> compare(object, seed, new EnumMap<>(Verdict.class)));
  }

  @ParameterizedTest
  @EnumSource
  void programDoesWhatTheOracleDoesWhateverItsParameters(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    Seeds.forAll(
        30,
        seed -> {
          Map<String, String> texts = randomParameters(object, new SplittableRandom(seed));
          compare(object.with(texts), seed, verdicts);
        });
    assertTrue(verdicts.size() > 1, "only " + verdicts);
  }

  /** Connections only, so that the connection tracker gets through all of its states. */
  @Test
  void aTrackerOfFewConnectionsDoesWhatTheOracleDoes() {
    ProgramObject object = ProgramObject.of(PacketProgram.CONNTRACK);
    Seeds.forAll(
        30,
        seed -> {
          Map<String, String> few = Map.of("connections", String.valueOf(1 + Math.abs(seed % 12)));
          Trace trace =
              TraceGenerator.generate(new TraceSpec(TraceKind.CONNECTIONS, PACKETS, 8, 80, seed));
          Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
          compare(object.with(few), Engine.INTERPRETER, trace, verdicts);
          assertEquals(2, verdicts.size(), verdicts.toString());
        });
  }

  @ParameterizedTest
  @EnumSource
  void programObeysAsTheOracleDoes(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Set<String> given = new TreeSet<>();
    Seeds.forAll(
        15,
        seed -> {
          TraceKind kind = seed % 2 == 0 ? TraceKind.MIXED : TraceKind.CONNECTIONS;
          Trace trace = TraceGenerator.generate(new TraceSpec(kind, PACKETS, 8, 64, seed));
          Commander commander =
              new Commander(object, Optional.of(new SplittableRandom(seed)), given);
          compare(object, Engine.JVM, trace, commander, new EnumMap<>(Verdict.class));
        });
    assertEquals(object.commands().stream().map(Command::name).collect(Collectors.toSet()), given);
  }

  /** Commands about any of the reserved sources are about the one as which they all count. */
  @Test
  void aCommandAboutAReservedSourceIsAboutAllOfThem() {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    Trace from =
        TraceGenerator.generate(new TraceSpec(TraceKind.SINGLE_FLOW, 1, 1, 64, /* seed= */ 1));
    byte[] packet = from.bytes(0);
    packet[26] = (byte) 0xf1; // another reserved source than the command's
    try (SequentialProgram sequential = new SequentialProgram(object, Engine.INTERPRETER)) {
      assertEquals(Verdict.PASS, sequential.handle(packet, packet.length, 0));
      object
          .controlFrames("block", Map.of("src_addr", "255.0.0.7"))
          .forEach(frame -> sequential.control(frame, frame.length));
      assertEquals(Verdict.DROP, sequential.handle(packet, packet.length, 0));
      object
          .controlFrames("forget", Map.of("src_addr", "240.1.2.3"))
          .forEach(frame -> sequential.control(frame, frame.length));
      assertEquals(Verdict.PASS, sequential.handle(packet, packet.length, 0));
      assertEquals(Map.of("f0000000", "0100000000000000"), state(sequential));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "240.0.0.1", "255.255.255.255", "10.0.0.1,0.0.0.0,10.0.0.2"})
  void aBlockListThatWouldHaveNoEffectIsRefused(String list) {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    assertEquals(
        "blocked: expected up to 16 IPv4 addresses from 0.0.0.1 to 240.0.0.0 separated by commas,"
            + " found "
            + list,
        assertThrows(BadParameter.class, () -> object.with(Map.of("blocked", list))).getMessage());
  }

  /** Some of the parameters, near what makes a difference in a trace of a few thousand packets. */
  private static Map<String, String> randomParameters(
      ProgramObject object, SplittableRandom random) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Parameter parameter : object.parameters()) {
      if (random.nextInt(3) != 0) {
        texts.put(
            parameter.name(),
            parameter.unit().equals("addresses")
                ? someSources(random)
                : parameter.values().stream()
                    .map(value -> String.valueOf(near(value, parameter, random)))
                    .collect(Collectors.joining(",")));
      }
    }
    return texts;
  }

  private static String someSources(SplittableRandom random) {
    return IntStream.range(0, random.nextInt(5))
        .mapToObj(_ -> random.nextInt(5) == 0 ? "240.0.0.0" : "10.0.0." + (1 + random.nextInt(10)))
        .collect(Collectors.joining(","));
  }

  private static long near(long value, Parameter parameter, SplittableRandom random) {
    long drawn =
        switch (random.nextInt(3)) {
          case 0 -> parameter.min() + random.nextInt(8);
          case 1 -> value + random.nextInt(-3, 4);
          default -> random.nextLong(Math.max(1, value));
        };
    return Math.max(parameter.min(), Math.min(parameter.max(), drawn));
  }

  /** Gives random commands about the flows of packets to the program and the oracle alike. */
  private record Commander(
      ProgramObject object, Optional<SplittableRandom> dice, Set<String> given) {
    void mayCommand(byte[] packet, Oracle oracle, SequentialProgram sequential) {
      if (dice.isEmpty() || dice.get().nextInt(8) != 0 || !Commands.hasFlow(packet)) {
        return;
      }
      List<Command> commands = object.commands();
      Command command = commands.get(dice.get().nextInt(commands.size()));
      Map<String, String> fields = Commands.values(command, packet);
      for (byte[] frame : object.controlFrames(command.name(), fields)) {
        assertEquals(Verdict.DROP, sequential.control(frame, frame.length));
      }
      oracle.obey(command.name(), fields);
      given.add(command.name());
    }
  }

  private static void compare(ProgramObject object, long seed, Map<Verdict, Integer> verdicts) {
    TraceKind[] kinds = {TraceKind.ZIPF, TraceKind.MIXED, TraceKind.CONNECTIONS};
    TraceKind kind = kinds[Math.floorMod(seed, kinds.length)];
    Trace trace = TraceGenerator.generate(new TraceSpec(kind, PACKETS, 8, 64, seed));
    Engine[] engines = Engine.values();
    compare(object, engines[Math.floorMod(seed / 3, engines.length)], trace, verdicts);
  }

  private static void compare(
      ProgramObject object, Engine engine, Trace trace, Map<Verdict, Integer> verdicts) {
    compare(
        object, engine, trace, new Commander(object, Optional.empty(), new TreeSet<>()), verdicts);
  }

  private static void compare(
      ProgramObject object,
      Engine engine,
      Trace trace,
      Commander commander,
      Map<Verdict, Integer> verdicts) {
    PacketProgram program = object.program();
    Oracle oracle = Oracle.of(program, values(object));
    try (SequentialProgram sequential = new SequentialProgram(object, engine)) {
      for (int i = 0; i < trace.size(); i++) {
        commander.mayCommand(trace.bytes(i), oracle, sequential);
        byte[] bytes = trace.bytes(i);
        OraclePacket packet =
            OraclePacket.of(bytes, Oracle.reads(program)).at(trace.timestampNs(i) / 1000);
        Verdict expected = verdict(oracle, program, packet);
        int number = i;
        assertEquals(
            expected,
            sequential.handle(bytes, bytes.length, trace.timestampNs(i)),
            () -> "packet " + number + ": " + HexFormat.of().formatHex(bytes));
        verdicts.merge(expected, 1, Integer::sum);
      }
      assertEquals(oracle.state(), state(sequential));
    }
  }

  private static Verdict verdict(Oracle oracle, PacketProgram program, OraclePacket packet) {
    if (packet.malformed()) {
      return Verdict.DROP;
    }
    return Oracle.looksAt(program, packet) ? oracle.handle(packet) : Verdict.PASS;
  }

  private static Oracle.Values values(ProgramObject object) {
    Map<String, List<Long>> byName = new HashMap<>();
    for (Parameter parameter : object.parameters()) {
      byName.put(parameter.name(), parameter.values());
    }
    return new Oracle.Values(byName);
  }

  private static Map<String, String> state(SequentialProgram sequential) {
    Map<String, String> state = new TreeMap<>();
    for (MapEntry entry : sequential.state()) {
      state.put(HexFormat.of().formatHex(entry.key()), HexFormat.of().formatHex(entry.value()));
    }
    return state;
  }
}
