package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.live.Forwarding;
import dev.scr.hosts.live.FrameSource;
import dev.scr.hosts.live.LiveWorker;
import dev.scr.hosts.live.PacketFrames;
import dev.scr.hosts.live.PacketSink;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.sequencer.Extraction.Relevance;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.trace.CaptureFile;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.packet.Frame;
import dev.scr.linux.packet.PacketSocket;
import dev.scr.pipeline.PacketProgram;
import dev.scr.wire.HistoryView;
import dev.scr.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code scr worker --deliver --transmit}: what leaves is what the sequential program lets through,
 * byte for byte. As root, in a network namespace of its own.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class WorkerForwardingTest {
  private static final int PACKETS = 1_200;
  private static final int WORKERS = 3;
  private static final Set<Verdict> PASS = Set.of(Verdict.PASS);
  private static final Set<Verdict> TX = Set.of(Verdict.TX);
  private static final Set<Verdict> BOTH = Set.of(Verdict.PASS, Verdict.TX);

  @TempDir Path folder;

  /** A packet that a sequencer numbers, and what the sequential program says of it. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  private record Judged(byte[] packet, Verdict verdict) {
    boolean leaves() {
      return BOTH.contains(verdict);
    }
  }

  /**
   * A trace, sequenced.
   *
   * @param frames from the sequencer, one after the other to workers 0, 1, 2, 0, …
   * @param packets in them, found without looking there
   */
  private record Traffic(
      PacketProgram program,
      Map<String, String> values,
      List<byte[]> frames,
      List<Judged> packets) {
    List<byte[]> with(Set<Verdict> verdicts) {
      return with(verdicts, _ -> true);
    }

    /** Packets of one worker. */
    List<byte[]> with(Set<Verdict> verdicts, int worker) {
      return with(verdicts, i -> i % WORKERS == worker);
    }

    private List<byte[]> with(Set<Verdict> verdicts, Predicate<Integer> chosen) {
      List<byte[]> found = new ArrayList<>();
      for (int i = 0; i < packets.size(); i++) {
        if (chosen.test(i) && verdicts.contains(packets.get(i).verdict())) {
          found.add(packets.get(i).packet());
        }
      }
      return found;
    }

    int framesOf(int worker) {
      return (packets.size() - worker + WORKERS - 1) / WORKERS;
    }

    /** The command line's part that says which program. */
    List<Object> options() {
      List<Object> options = new ArrayList<>(List.of("--program", program.programName()));
      values.forEach((name, value) -> options.addAll(List.of("--param", name + "=" + value)));
      return options;
    }
  }

  /** With parameters by which every program lets packets through, and others not. */
  private static Map<String, String> parameters(PacketProgram program) {
    return switch (program) {
      case DDOS -> Map.of("threshold", "20");
      case HEAVYHITTER -> Map.of("threshold", "2000");
      case TOKENBUCKET -> Map.of("burst", "2", "interval_us", "100000");
      case PORTKNOCK, CONNTRACK -> Map.of();
    };
  }

  private static String kind(PacketProgram program) {
    return switch (program) {
      case DDOS, PORTKNOCK, CONNTRACK -> "mixed"; // with VLAN tags, broken packets and others
      case HEAVYHITTER, TOKENBUCKET -> "zipf"; // in which flows are long enough
    };
  }

  private Traffic traffic(PacketProgram program) throws IOException {
    Path trace = folder.resolve("in.pcap");
    Path sequenced = folder.resolve("sequenced.pcap");
    String name = program.programName();
    boolean knocks = program == PacketProgram.PORTKNOCK; // a source of this trace knows how
    Run.of(
            "trace",
            "--kind",
            kind(program),
            "--packets",
            PACKETS,
            "--flows",
            knocks ? 2 : 20,
            "--size",
            200,
            "--seed",
            knocks ? 2 : 9,
            trace)
        .succeeds();
    Run.of("sequence", "--program", name, "--workers", WORKERS, trace, sequenced).succeeds();
    ProgramObject object = ProgramObject.of(program).with(parameters(program));
    List<Judged> judged = judged(object, CaptureFile.read(trace).trace());
    List<byte[]> frames = frames(CaptureFile.read(sequenced).trace());
    assertTrue(frames.size() > PACKETS / 3, frames.size() + " sequenced");
    assertEquals(judged.size(), frames.size());
    assertTrue(
        kind(program).equals("zipf")
            || judged.stream().anyMatch(packet -> packet.leaves() && isTagged(packet.packet())),
        "packets with a VLAN tag leave, too");
    long leaves = judged.stream().filter(Judged::leaves).count();
    assertTrue(leaves > 60, leaves + " leave");
    return new Traffic(program, parameters(program), frames, judged);
  }

  private static List<Judged> judged(ProgramObject object, Trace trace) {
    List<Judged> judged = new ArrayList<>();
    byte[] metadata = new byte[object.program().slotBytes()];
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER);
        SequentialProgram sequential = new SequentialProgram(object, Engine.INTERPRETER)) {
      for (int i = 0; i < trace.size(); i++) {
        byte[] packet = trace.bytes(i);
        long timeNs = trace.timestampNs(i);
        if (extraction.extract(packet, packet.length, timeNs, metadata) == Relevance.RELEVANT) {
          judged.add(new Judged(packet, sequential.handle(packet, packet.length, timeNs)));
        }
      }
    }
    return judged;
  }

  /** Without what is passed through, which goes to another port. */
  private static List<byte[]> frames(Trace trace) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < trace.size(); i++) {
      byte[] frame = trace.bytes(i);
      if (new HistoryView().wrap(frame, frame.length).etherType() == WireFormat.ETHERTYPE_SCR) {
        frames.add(frame);
      }
    }
    return frames;
  }

  /** What comes out at the other end of a way out. */
  private static final class Application implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration QUIET = Duration.ofMillis(50);

    private final PacketSocket socket;

    Application(VethWire wire, String end) throws Exception {
      socket =
          wire.inside(
              () -> PacketSocket.open(end, new PacketSocket.Options(true, 32 << 20, false)));
    }

    /** As many as are expected, and those that come beyond them. */
    List<byte[]> received(int expected) {
      List<byte[]> packets = new ArrayList<>();
      while (true) {
        Optional<Frame> next = socket.receive(packets.size() < expected ? PATIENCE : QUIET);
        if (next.isEmpty()) {
          return packets;
        }
        packets.add(next.get().bytes());
      }
    }

    void gets(List<byte[]> expected, String what) {
      assertSame(expected, received(expected.size()), what);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static void assertSame(List<byte[]> expected, List<byte[]> found, String what) {
    for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
      assertArrayEquals(expected.get(i), found.get(i), what + ", packet " + i);
    }
    assertEquals(expected.size(), found.size(), what + ": packets");
  }

  private static RunningWorker start(VethWire wire, Traffic traffic, Object... more) {
    return RunningWorker.start(
        wire,
        Stream.concat(
                Stream.concat(Stream.of("-i", "right"), traffic.options().stream()),
                Arrays.stream(more))
            .toArray());
  }

  private static void assertSaid(RunningWorker worker, int delivered, int transmitted, int unsent) {
    String expected =
        "sent on    %d delivered, %d transmitted, %d unsent"
            .formatted(delivered, transmitted, unsent);
    assertTrue(worker.out().toString().contains(expected), expected + " in:\n" + worker.out());
  }

  private static void requireXdp() {
    Probe probe = Feature.AF_XDP.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "AF_XDP: " + probe);
  }

  /** Every worker sends its own packets, each once, in their order, and nothing else. */
  @ParameterizedTest
  @CsvSource({
    "DDOS, jvm",
    "PORTKNOCK, interpreter",
    "CONNTRACK, jvm",
    "TOKENBUCKET, jvm-checked",
    "HEAVYHITTER, jvm",
    "HEAVYHITTER, kernel",
  })
  void eachWorkerSendsItsOwnPackets(PacketProgram program, String engine) throws Exception {
    Traffic traffic = traffic(program);
    try (VethWire wire = VethWire.make()) {
      List<RunningWorker> workers = new ArrayList<>();
      List<Application> applications = new ArrayList<>();
      for (int k = 0; k < WORKERS; k++) {
        wire.add("out" + k, "app" + k);
        applications.add(new Application(wire, "app" + k));
        workers.add(
            start(
                wire,
                traffic,
                "--id",
                k,
                "--engine",
                engine,
                "--packets",
                traffic.framesOf(k),
                "--deliver",
                "out" + k,
                "--transmit",
                "out" + k));
      }
      for (RunningWorker worker : workers) {
        worker.awaitListening();
      }
      wire.send(traffic.frames());
      for (int k = 0; k < WORKERS; k++) {
        RunningWorker worker = workers.get(k);
        assertEquals(0, worker.await(), worker.err()::toString);
        assertSaid(worker, traffic.with(PASS, k).size(), traffic.with(TX, k).size(), 0);
        List<byte[]> expected = traffic.with(BOTH, k);
        assertTrue(traffic.with(PASS, k).size() < traffic.framesOf(k), "not all pass");
        assertTrue(expected.size() > 20, () -> "only " + expected.size());
        try (Application application = applications.get(k)) {
          application.gets(expected, "worker " + k);
        }
      }
    }
  }

  /** By AF_XDP, one worker takes the frames of all. */
  @ParameterizedTest
  @CsvSource({
    "DDOS, jvm",
    "PORTKNOCK, jvm",
    "CONNTRACK, interpreter",
    "TOKENBUCKET, jvm",
    "HEAVYHITTER, jvm",
  })
  void byAfXdpToo(PacketProgram program, String engine) throws Exception {
    requireXdp();
    Traffic traffic = traffic(program);
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      try (Application application = new Application(wire, "app")) {
        RunningWorker worker =
            start(
                wire,
                traffic,
                "--io",
                "af_xdp",
                "--engine",
                engine,
                "--packets",
                traffic.packets().size(),
                "--deliver",
                "out");
        worker.awaitListening();
        wire.send(traffic.frames());
        assertEquals(0, worker.await(), worker.err()::toString);
        assertSaid(worker, traffic.with(PASS).size(), 0, 0);
        application.gets(traffic.with(PASS), "all");
      }
    }
  }

  /** Two interfaces: one gets what passes, the other what is to be transmitted. */
  @Test
  void eachVerdictHasItsInterface() throws Exception {
    Traffic traffic = traffic(PacketProgram.HEAVYHITTER);
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      wire.add("back", "peer");
      try (Application application = new Application(wire, "app");
          Application peer = new Application(wire, "peer")) {
        RunningWorker worker =
            start(
                wire,
                traffic,
                "--packets",
                traffic.packets().size(),
                "--deliver",
                "out",
                "--transmit",
                "back");
        worker.awaitListening();
        wire.send(traffic.frames());
        assertEquals(0, worker.await(), worker.err()::toString);
        List<byte[]> pass = traffic.with(PASS);
        List<byte[]> tx = traffic.with(TX);
        assertTrue(pass.size() > 50 && tx.size() > 50, pass.size() + " pass, " + tx.size() + " tx");
        application.gets(pass, "pass");
        peer.gets(tx, "tx");
        assertSaid(worker, pass.size(), tx.size(), 0);
      }
    }
  }

  /**
   * A worker that sends more than the packet, another one, or one twice, and the comparison sees
   * it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"none", "history", "header", "short", "twice", "dropped"})
  void plantedFaultsAreNoticed(String fault) throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      List<byte[]> expected = traffic.with(PASS);
      List<byte[]> found = wire.inside(() -> forwarded(wire, traffic, fault, expected.size()));
      if (fault.equals("none")) {
        assertSame(expected, found, fault);
      } else {
        assertThrows(AssertionError.class, () -> assertSame(expected, found, fault));
      }
    }
  }

  private static List<byte[]> forwarded(VethWire wire, Traffic traffic, String fault, int expected)
      throws Exception {
    int slots = (WORKERS - 1) * traffic.program().slotBytes();
    int frames = traffic.frames().size();
    ProgramObject object = ProgramObject.of(traffic.program()).with(traffic.values());
    try (Application application = new Application(wire, "app");
        Forwarding ways = Forwarding.open("out", null);
        FrameSource source = PacketFrames.open("right", 1);
        Replica replica = ReplicaEngine.JVM.replica(object)) {
      PacketSink faulty =
          (verdict, frame, offset, length) -> {
            switch (fault) {
              case "history" -> ways.packet(verdict, frame, offset - slots, length + slots);
              case "header" -> ways.packet(verdict, frame, 0, offset + length);
              case "short" -> ways.packet(verdict, frame, offset, length - 1);
              case "twice" -> {
                ways.packet(verdict, frame, offset, length);
                ways.packet(verdict, frame, offset, length);
              }
              case "dropped" -> ways.packet(Verdict.PASS.number(), frame, offset, length);
              default -> ways.packet(verdict, frame, offset, length);
            }
          };
      LiveWorker worker =
          new LiveWorker(replica, LiveWorker.ANY, Integer.MAX_VALUE, frames, (_, _) -> {}, faulty);
      wire.send(traffic.frames());
      while (!worker.isDone()) {
        source.receive(100_000_000, worker);
        ways.flush();
      }
      return application.received(expected);
    }
  }

  /** The worker's own packets do not come back to it where they leave by the interface it reads. */
  @ParameterizedTest
  @ValueSource(strings = {"af_packet", "af_xdp"})
  void whatLeavesByTheSameInterfaceDoesNotComeBack(String io) throws Exception {
    if (io.equals("af_xdp")) {
      requireXdp();
    }
    Traffic traffic = traffic(PacketProgram.HEAVYHITTER);
    try (VethWire wire = VethWire.make();
        Application sender = new Application(wire, "left")) {
      int half = traffic.frames().size() / 2;
      RunningWorker worker =
          start(
              wire,
              traffic,
              "--io",
              io,
              "--packets",
              traffic.packets().size(),
              "--deliver",
              "right",
              "--transmit",
              "right",
              "--force");
      worker.awaitListening();
      wire.send(traffic.frames().subList(0, half));
      List<byte[]> expected = traffic.with(BOTH);
      long early = traffic.packets().subList(0, half).stream().filter(Judged::leaves).count();
      List<byte[]> found = new ArrayList<>(sender.received((int) early));
      wire.send(traffic.frames().subList(half, traffic.frames().size()));
      found.addAll(sender.received(expected.size() - found.size()));
      assertEquals(0, worker.await(), worker.err()::toString);
      assertSame(expected, found, "all");
      assertTrue(
          worker.out().toString().contains(" 0 not from a sequencer"), worker.out()::toString);
    }
  }

  /** Even where they come back from outside: they are no sequencer's, and that is the end of it. */
  @Test
  void whatComesBackIsNotTakenForHistory() throws Exception {
    Traffic traffic = traffic(PacketProgram.CONNTRACK);
    try (VethWire wire = VethWire.make();
        Application back = new Application(wire, "right")) {
      RunningWorker worker =
          start(wire, traffic, "--packets", traffic.packets().size(), "--deliver", "left");
      worker.awaitListening();
      List<byte[]> most = traffic.frames().subList(0, traffic.frames().size() - 1);
      wire.send(most);
      int delivered =
          (int) traffic.packets().subList(0, most.size()).stream().filter(Judged::leaves).count();
      // All of them are at the interface when the last frame comes there.
      assertEquals(most.size() + delivered, back.received(most.size() + delivered).size());
      wire.send(List.of(traffic.frames().getLast()));
      assertEquals(0, worker.await(), worker.err()::toString);
      assertTrue(delivered > 50, delivered + " delivered");
      assertTrue(
          worker.out().toString().contains(" " + delivered + " not from a sequencer"),
          worker.out()::toString);
      assertSaid(worker, traffic.with(PASS).size(), 0, 0);
    }
  }

  @Test
  void whatIsTooLongForTheInterfaceIsUnsent() throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    int mtu = 500;
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      wire.ip("link set out mtu " + mtu);
      try (Application application = new Application(wire, "app")) {
        RunningWorker worker =
            start(wire, traffic, "--packets", traffic.packets().size(), "--deliver", "out");
        worker.awaitListening();
        wire.send(traffic.frames());
        assertEquals(0, worker.await(), worker.err()::toString);
        List<byte[]> pass = traffic.with(PASS);
        List<byte[]> fit = pass.stream().filter(packet -> fits(packet, mtu)).toList();
        assertTrue(fit.size() > 10 && fit.size() < pass.size() - 10, fit.size() + " fit");
        assertSaid(worker, fit.size(), 0, pass.size() - fit.size());
        application.gets(fit, "short ones");
      }
    }
  }

  /** An Ethernet header, and one VLAN tag, do not count. */
  private static boolean fits(byte[] packet, int mtu) {
    return packet.length <= mtu + 14 + (isTagged(packet) ? 4 : 0);
  }

  private static boolean isTagged(byte[] packet) {
    return packet[12] == (byte) 0x81 && packet[13] == 0;
  }

  /** Down, or with nobody at the other end; and it goes on when that is over. */
  @ParameterizedTest
  @ValueSource(strings = {"out", "app"})
  void whatMeetsAnInterfaceThatIsDownIsUnsent(String down) throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    int half = traffic.frames().size() / 2;
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      wire.ip("link set " + down + " down");
      RunningWorker worker =
          start(
              wire,
              traffic,
              "--packets",
              traffic.packets().size(),
              "--interval",
              0.02,
              "--deliver",
              "out");
      worker.awaitListening();
      assertTrue(
          worker.err().toString().contains("--deliver out is down or has no carrier"),
          worker.err()::toString);
      wire.send(traffic.frames().subList(0, half));
      int early = (int) traffic.packets().subList(0, half).stream().filter(Judged::leaves).count();
      awaitLine(
          worker, "%d packets .*; 0 delivered, 0 transmitted, %d unsent".formatted(half, early));
      wire.ip("link set " + down + " up");
      wire.awaitRunning("out");
      try (Application application = new Application(wire, "app")) {
        wire.send(traffic.frames().subList(half, traffic.frames().size()));
        assertEquals(0, worker.await(), worker.err()::toString);
        List<byte[]> pass = traffic.with(PASS);
        assertSaid(worker, pass.size() - early, 0, early);
        application.gets(pass.subList(early, pass.size()), "afterwards");
      }
    }
  }

  private static void awaitLine(RunningWorker worker, String expression) throws Exception {
    Pattern pattern = Pattern.compile(expression);
    while (!pattern.matcher(worker.out().toString()).find()) {
      assertFalse(worker.exit().isDone(), () -> expression + " in " + worker.out() + worker.err());
      Thread.sleep(10); // the class's timeout ends it
    }
  }

  /** A queue that is full takes nothing: the worker goes on, and knows how many. */
  @Test
  void whatFindsTheInterfaceFullIsUnsent() throws Exception {
    Traffic traffic = traffic(PacketProgram.HEAVYHITTER);
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      try {
        VethWire.run(
            "tc -n %s qdisc add dev out root tbf rate 64kbit burst 3000 limit 6000"
                .formatted(wire.namespace()));
      } catch (IOException e) {
        abort("a slow interface: " + e.getMessage());
      }
      try (Application application = new Application(wire, "app")) {
        RunningWorker worker =
            start(
                wire,
                traffic,
                "--packets",
                traffic.packets().size(),
                "--deliver",
                "out",
                "--transmit",
                "out");
        worker.awaitListening();
        wire.send(traffic.frames());
        assertEquals(0, worker.await(), worker.err()::toString);
        Matcher said =
            Pattern.compile("sent on    (\\d+) delivered, (\\d+) transmitted, (\\d+) unsent")
                .matcher(worker.out().toString());
        assertTrue(said.find(), worker.out()::toString);
        int sent = Integer.parseInt(said.group(1)) + Integer.parseInt(said.group(2));
        int unsent = Integer.parseInt(said.group(3));
        assertEquals(traffic.with(BOTH).size(), sent + unsent);
        assertTrue(sent > 0 && unsent > 0, worker.out()::toString);
        List<byte[]> found = application.received(sent);
        assertEquals(sent, found.size());
        assertInOrder(found, traffic.with(BOTH));
      }
    }
  }

  /** Each of these is one of those, later than the one before. */
  private static void assertInOrder(List<byte[]> found, List<byte[]> all) {
    int next = 0;
    for (byte[] packet : found) {
      while (next < all.size() && !Arrays.equals(packet, all.get(next))) {
        next++;
      }
      assertTrue(next < all.size(), () -> "unexpected: " + HexFormat.of().formatHex(packet));
      next++;
    }
  }

  /** With traffic and without, as on the side that it reads: what was done is said. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWorkerWhoseWayOutGoesSaysWhatItDid(boolean busy) throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    int half = traffic.frames().size() / 2;
    Path state = folder.resolve("state");
    try (VethWire wire = VethWire.make()) {
      wire.add("out", "app");
      RunningWorker worker =
          start(wire, traffic, "--deliver", "out", "--state", state, "--interval", 0.02);
      worker.awaitListening();
      wire.send(traffic.frames().subList(0, half));
      awaitLine(worker, half + " packets ");
      wire.ip("link del out");
      if (busy) {
        wire.send(traffic.frames().subList(half, traffic.frames().size()));
      }
      assertEquals(ExitCode.ENVIRONMENT.number(), worker.await(), worker.out()::toString);
      String err = worker.err().toString();
      assertTrue(
          err.contains(
              "send on AF_PACKET socket on out: ENODEV (No such device); the interface has gone"),
          err);
      assertTrue(worker.out().toString().contains("sent on    "), worker.out()::toString);
      assertTrue(worker.out().toString().contains("verdicts"), worker.out()::toString);
      assertTrue(Files.exists(state));
    }
  }

  @Test
  void withoutTheOptionsNothingIsSentOrSaid() throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    try (VethWire wire = VethWire.make();
        Application left = new Application(wire, "left")) {
      RunningWorker worker = start(wire, traffic, "--packets", traffic.packets().size());
      worker.awaitListening();
      wire.send(traffic.frames());
      assertEquals(0, worker.await(), worker.err()::toString);
      assertFalse(worker.out().toString().contains("deliver"), worker.out()::toString);
      assertFalse(worker.out().toString().contains("sent on"), worker.out()::toString);
      left.gets(List.of(), "nothing");
    }
  }

  /** A packet with an Ethernet header has no place where there are none. */
  @Test
  void anInterfaceWithoutEthernetIsRefused() throws Exception {
    Traffic traffic = traffic(PacketProgram.DDOS);
    try (VethWire wire = VethWire.make()) {
      try {
        wire.ip("tuntap add dev out mode tun");
      } catch (IOException e) {
        abort("tun: " + e.getMessage());
      }
      RunningWorker worker = start(wire, traffic, "--deliver", "out");
      assertEquals(ExitCode.BAD_INPUT.number(), worker.await());
      String err = worker.err().toString();
      assertTrue(err.contains("--deliver: expected an interface with Ethernet frames"), err);
    }
  }

  @Test
  void interfacesThatAreNotThereAreNamed() {
    assumeTrue(Privileges.lacks(Capability.NET_RAW).isEmpty(), "needs CAP_NET_RAW");
    for (String option : List.of("--deliver", "--transmit")) {
      Run.of("worker", "--program", "ddos", "-i", "lo", option, "scr-none0")
          .fails(ExitCode.BAD_INPUT, option + ": expected a network interface; found 'scr-none0'");
      Run.of("worker", "--program", "ddos", "-i", "lo", option, "")
          .fails(ExitCode.BAD_INPUT, option + ": expected a network interface; found ''");
    }
    Run.of("worker", "--program", "ddos", "-i", "lo", "--transmit", "lo")
        .fails(
            ExitCode.BAD_INPUT,
            "--transmit: expected another interface than that of -i; found 'lo'",
            "--force");
    Run.of("worker", "--program", "ddos", "-i", "lo", "--deliver", "lo", "--deliver", "x")
        .fails(ExitCode.BAD_INPUT, "--deliver", "only once");
  }
}
