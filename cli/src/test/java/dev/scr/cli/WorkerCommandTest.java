package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.scr.hosts.trace.CaptureFile;
import dev.scr.hosts.trace.Trace;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.wire.HistoryView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code scr worker} at one end of a virtual Ethernet, a sequenced trace at the other: as root, in
 * a network namespace of its own.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class WorkerCommandTest {
  private static final int PACKETS = 3_000;
  private static final int WORKERS = 3;
  private static final int PATIENCE_SECONDS = 600;

  @TempDir Path folder;

  private Path trace() {
    Path trace = folder.resolve("in.pcap");
    Run.of("trace", "--kind", "zipf", "--packets", PACKETS, "--flows", 60, "--seed", 9, trace)
        .succeeds();
    return trace;
  }

  private List<byte[]> sequenced(String program, Path trace) throws IOException {
    Path file = folder.resolve("sequenced.pcap");
    Run.of("sequence", "--program", program, "--workers", WORKERS, trace, file).succeeds();
    Trace frames = CaptureFile.read(file).trace();
    List<byte[]> list = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      list.add(frames.bytes(i));
    }
    assertEquals(PACKETS, list.size(), "all packets of the trace are sequenced");
    return list;
  }

  private static void requireXdp() {
    Probe probe = Feature.AF_XDP.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "AF_XDP: " + probe);
  }

  /** Everything that one worker says of its packets, and its state, is the sequential program's. */
  @ParameterizedTest
  @CsvSource({
    "ddos, af_packet, jvm",
    "portknock, af_packet, interpreter",
    "conntrack, af_packet, jvm",
    "tokenbucket, af_packet, jvm-checked",
    "heavyhitter, af_packet, kernel",
    "ddos, af_xdp, jvm",
    "conntrack, af_xdp, interpreter",
  })
  void theReplicaIsTheSequentialProgram(String program, String io, String engine) throws Exception {
    if (io.equals("af_xdp")) {
      requireXdp();
    }
    Path trace = trace();
    Path expectedVerdicts = folder.resolve("expected.verdicts");
    Path expectedState = folder.resolve("expected.state");
    Run.of(
            "replay",
            "--program",
            program,
            "--strategy",
            "sequential",
            trace,
            "--verdicts",
            expectedVerdicts,
            "--state",
            expectedState)
        .succeeds();
    List<byte[]> frames = sequenced(program, trace);
    int last = new HistoryView().wrap(frames.getLast(), frames.getLast().length).worker();
    Path verdicts = folder.resolve("verdicts");
    Path state = folder.resolve("state");
    try (VethWire wire = VethWire.make()) {
      RunningWorker worker =
          RunningWorker.start(
              wire,
              "--program",
              program,
              "-i",
              "right",
              "--io",
              io,
              "--engine",
              engine,
              "--id",
              last,
              "--packets",
              PACKETS / WORKERS,
              "--verdicts",
              verdicts,
              "--state",
              state);
      worker.awaitListening();
      wire.send(frames);
      assertEquals(0, worker.await(), worker.err() + "" + worker.out());
      assertTrue(
          worker.out().toString().contains(PACKETS / WORKERS + " packets"), worker.out()::toString);
      assertEquals(
          !engine.equals("kernel"), worker.out().toString().contains("privileges dropped"));
      assertTrue(worker.out().toString().contains(" 0 missed"), worker.out()::toString);
    }
    assertEquals(-1, Files.mismatch(expectedState, state), "states differ");
    List<String> expected = Files.readAllLines(expectedVerdicts);
    List<String> found = Files.readAllLines(verdicts);
    assertEquals(PACKETS / WORKERS, found.size());
    for (String line : found) {
      int sequence = Integer.parseInt(line.substring(0, line.indexOf(' ')));
      String verdict = line.substring(line.indexOf(' ') + 1);
      assertEquals(
          expected.get(sequence - 1), (sequence - 1) + " " + verdict, "packet " + sequence);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".part")), "leftovers");
    }
  }

  /** A frame less than the history can make up for, and the comparison says no. */
  @Test
  void lostFramesAreMissedAndSaid() throws Exception {
    Path trace = trace();
    Path expected = folder.resolve("expected.state");
    Run.of("replay", "--program", "ddos", "--strategy", "sequential", trace, "--state", expected)
        .succeeds();
    List<byte[]> frames = sequenced("ddos", trace);
    int last = new HistoryView().wrap(frames.getLast(), frames.getLast().length).worker();
    List<byte[]> own = new ArrayList<>();
    for (byte[] frame : frames) {
      if (new HistoryView().wrap(frame, frame.length).worker() == last) {
        own.add(frame);
      }
    }
    byte[] lost = own.remove(own.size() / 2);
    own.add(7, new byte[60]); // no sequencer's
    own.add(9, Arrays.copyOf(lost, 50)); // cut short
    Path state = folder.resolve("state");
    try (VethWire wire = VethWire.make()) {
      RunningWorker worker =
          RunningWorker.start(
              wire,
              "--program",
              "ddos",
              "-i",
              "right",
              "--packets",
              own.size() - 2,
              "--interval",
              0.05,
              "--state",
              state);
      worker.awaitListening();
      wire.send(own);
      assertEquals(0, worker.await(), worker.err()::toString);
      String out = worker.out().toString();
      assertTrue(out.contains("1 not from a sequencer"), out);
      assertTrue(out.contains("frames: 1 refused"), out);
      assertTrue(out.contains("missed     3 packets"), out);
    }
    assertFalse(Files.mismatch(expected, state) == -1, "three packets are not in the state");
  }

  @Test
  void jsonIsOneDocumentAndSecondsEndIt() throws Exception {
    try (VethWire wire = VethWire.make()) {
      RunningWorker worker =
          RunningWorker.start(wire, "--program", "ddos", "-i", "right", "--seconds", 0.3, "--json");
      assertEquals(0, worker.await(), worker.err()::toString);
      JsonNode json = new ObjectMapper().readTree(worker.out().toString());
      assertEquals("right", json.get("interface").asText());
      assertEquals("af_packet", json.get("io").asText());
      assertEquals(0, json.get("handled").asInt());
      assertTrue(json.get("ended").isNull());
      for (String key : List.of("delivered", "transmitted", "unsent")) {
        assertEquals(0, json.get(key).asInt(-1), key);
      }
      assertEquals(0, json.get("verdicts").get("pass").asInt());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"af_packet", "af_xdp"})
  void aWorkerWhoseInterfaceGoesSaysWhatItDid(String io) throws Exception {
    if (io.equals("af_xdp")) {
      requireXdp();
    }
    Path state = folder.resolve("state");
    try (VethWire wire = VethWire.make()) {
      RunningWorker worker =
          RunningWorker.start(
              wire, "--program", "ddos", "-i", "right", "--io", io, "--state", state);
      worker.awaitListening();
      wire.ip("link del left");
      assertEquals(ExitCode.ENVIRONMENT.number(), worker.await(), worker.out()::toString);
      assertTrue(worker.err().toString().contains("interface has gone"), worker.err()::toString);
      assertTrue(worker.out().toString().contains("verdicts"), worker.out()::toString);
      assertTrue(Files.exists(state));
    }
  }

  /** The worker's thread has nothing that a frame could make it use; the others are as before. */
  @Test
  void itsThreadHasNoPrivileges() throws Exception {
    try (VethWire wire = VethWire.make()) {
      RunningWorker worker =
          RunningWorker.start(wire, "--program", "ddos", "-i", "right", "--packets", 1, "--cpu", 0);
      worker.awaitListening();
      List<String> effective = new ArrayList<>();
      try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
        for (Path thread : threads.toList()) {
          if (Files.readString(thread.resolve("comm")).startsWith("scr-worker")) {
            Files.readAllLines(thread.resolve("status")).stream()
                .filter(line -> line.matches("Cap(Eff|Prm):.*"))
                .forEach(line -> effective.add(line.substring(line.length() - 16)));
          }
        }
      }
      assertEquals(List.of("0".repeat(16), "0".repeat(16)), effective);
      assertTrue(Privileges.lacks(Capability.NET_RAW).isEmpty(), "this thread keeps its own");
      Path trace = trace();
      wire.send(sequenced("ddos", trace).subList(0, 1));
      assertEquals(0, worker.await(), worker.err()::toString);
    }
  }

  @Test
  void badUsageIsExplained() {
    Run.of("worker").fails(ExitCode.BAD_INPUT, "--program", "-i");
    Run.of("worker", "--program", "nat", "-i", "x").fails(ExitCode.BAD_INPUT, "found 'nat'");
    Run.of("worker", "--program", "ddos", "-i", "x", "--io", "dpdk")
        .fails(ExitCode.BAD_INPUT, "--io", "dpdk");
    Run.of("worker", "--program", "ddos", "-i", "x", "--id", 256)
        .fails(ExitCode.BAD_INPUT, "--id: expected 0 to 255; found 256");
    Run.of("worker", "--program", "ddos", "-i", "x", "--queue", 1)
        .fails(ExitCode.BAD_INPUT, "--queue: expected --io af_xdp");
    Run.of("worker", "--program", "ddos", "-i", "x", "--param", "limit=1")
        .fails(ExitCode.BAD_INPUT, "limit");
    assertTrue(Run.of("worker", "--help").succeeds().out().contains("Usage: scr worker"));
  }

  @Test
  void missingInterfaceIsNamed() {
    assumeTrue(Privileges.lacks(Capability.NET_RAW).isEmpty(), "needs CAP_NET_RAW");
    Run.of("worker", "--program", "ddos", "-i", "scr-none0", "--state", folder.resolve("s"))
        .fails(ExitCode.BAD_INPUT, "-i: expected a network interface; found 'scr-none0'");
    Run.of("worker", "--program", "ddos", "-i", "lo", "--cpu", 9999)
        .fails(ExitCode.BAD_INPUT, "--cpu: expected one of [", "found 9999");
    Run.of("worker", "--program", "ddos", "-i", "a-name-that-is-too-long")
        .fails(ExitCode.BAD_INPUT, "-i", "a-name-that-is-too-long");
    assertFalse(Files.exists(folder.resolve("s")));
  }

  @Test
  void missingPrivilegesAreNamed() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.scr.cli.Main",
                "worker",
                "--program",
                "ddos",
                "-i",
                "lo"));
    if (Privileges.lacks(Capability.NET_RAW).isEmpty()) {
      assumeTrue(
          Files.exists(Path.of("/usr/bin/setpriv")), "setpriv is not installed (util-linux)");
      command.addAll(0, List.of("setpriv", "--bounding-set", "-all", "--inh-caps", "-all"));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(ExitCode.ENVIRONMENT.number(), process.exitValue(), text);
    assertTrue(text.contains("CAP_NET_RAW") && text.contains("run as root"), text);
  }
}
