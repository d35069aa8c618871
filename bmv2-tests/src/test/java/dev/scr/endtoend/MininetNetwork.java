package dev.scr.endtoend;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.scr.hosts.trace.CaptureFile;
import dev.scr.hosts.trace.PcapWriter;
import dev.scr.hosts.trace.Trace;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The network of {@code bmv2-tests/mininet/topology.py} while it runs, in a network namespace of
 * its own:
 *
 * <pre>
 *   h1 ── 1 [ switch ] w + 2 ── worker w
 * </pre>
 */
final class MininetNetwork implements AutoCloseable {
  static final int P4RUNTIME_PORT = 9559;

  private static final String PYTHON = "/usr/bin/python3";
  private static final int ANSWER_SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String namespace;
  private final Path folder;
  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  /**
   * What came out of the switch.
   *
   * @param stalls times that nothing came for a while although the switch owed an answer
   */
  record Received(int stalls, Map<String, List<byte[]>> frames) {
    List<byte[]> at(String host) {
      return frames.getOrDefault(host, List.of());
    }
  }

  private MininetNetwork(String namespace, Path folder) throws IOException {
    this.namespace = namespace;
    this.folder = folder;
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    command.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child"));
    command.addAll(List.of("--mount-proc", PYTHON, script("topology.py").toString()));
    this.process =
        new ProcessBuilder(command).redirectError(folder.resolve("topology.err").toFile()).start();
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Path of a file in {@code bmv2-tests/mininet}. */
  static Path script(String name) {
    return Path.of(System.getProperty("scr.root", ".."), "bmv2-tests", "mininet", name)
        .toAbsolutePath();
  }

  /** Skips the test, with the reason, where Mininet can't run. */
  static void assumePossible() throws IOException {
    Optional<String> lacking =
        Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW);
    assumeTrue(lacking.isEmpty(), () -> "Mininet: " + lacking.orElseThrow());
    for (String tool : List.of("ip", "unshare", "ethtool", "mnexec")) {
      assumeTrue(
          onPath(tool).isPresent(),
          "Mininet: " + tool + " is not installed (apt install mininet iproute2 ethtool)");
    }
    Process check =
        new ProcessBuilder(PYTHON, "-c", "import mininet").redirectErrorStream(true).start();
    check.getInputStream().readAllBytes();
    assumeTrue(
        check.onExit().join().exitValue() == 0,
        "Mininet: " + PYTHON + " has no mininet package (apt install mininet)");
    String namespace = "scr-try-" + ProcessHandle.current().pid();
    try {
      system("ip", "netns", "add", namespace);
    } catch (IOException e) {
      abort("Mininet: " + e.getMessage());
    }
    system("ip", "netns", "del", namespace);
  }

  /** A program on the search path. */
  static Optional<Path> onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String directory : path.split(":", -1)) {
      Path candidate = Path.of(directory, program);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /**
   * Starts the network and waits until the switch listens on {@link #P4RUNTIME_PORT}.
   *
   * @param folder for logs and captures
   * @param switchCommand where {@code {interfaces}} becomes the port options
   */
  static MininetNetwork start(Path folder, int workers, List<String> switchCommand)
      throws IOException, InterruptedException, TimeoutException {
    String namespace = "scr-net-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();
    system("ip", "netns", "add", namespace);
    MininetNetwork network;
    try {
      network = new MininetNetwork(namespace, folder);
    } catch (IOException e) {
      system("ip", "netns", "del", namespace);
      throw e;
    }
    try {
      network.ask(
          Map.of(
              "do",
              "start",
              "workers",
              workers,
              "log",
              folder.resolve("switch.log").toString(),
              "switch",
              Map.of(
                  "command",
                  switchCommand,
                  "ready",
                  "127.0.0.1:" + P4RUNTIME_PORT,
                  "seconds",
                  60)));
      return network;
    } catch (IOException | RuntimeException | InterruptedException | TimeoutException e) {
      network.close();
      throw e;
    }
  }

  String namespace() {
    return namespace;
  }

  /**
   * Sends from h1, waits until nothing arrives any more, and gives what each host has received
   * since the last time.
   */
  Received send(List<byte[]> frames) throws IOException, InterruptedException, TimeoutException {
    Path pcap = folder.resolve("sent.pcap");
    try (PcapWriter writer = new PcapWriter(pcap)) {
      for (byte[] frame : frames) {
        writer.write(0, frame, frame.length);
      }
      writer.commit();
    }
    JsonNode sent = ask(Map.of("do", "send", "pcap", pcap.toString()));
    JsonNode captures = ask(Map.of("do", "captures", "folder", folder.toString()));
    Map<String, List<byte[]>> received = new LinkedHashMap<>();
    for (JsonNode capture : captures.get("captures")) {
      Trace trace = CaptureFile.read(Path.of(capture.get("pcap").asText())).trace();
      List<byte[]> captured = IntStream.range(0, trace.size()).mapToObj(trace::bytes).toList();
      received.put(capture.get("host").asText(), captured);
    }
    return new Received(sent.get("stalls").asInt(), received);
  }

  private JsonNode ask(Map<String, Object> request)
      throws IOException, InterruptedException, TimeoutException {
    requests.write(JSON.writeValueAsString(request));
    requests.newLine();
    requests.flush();
    String line = nextLine();
    JsonNode answer = JSON.readTree(line);
    if (!answer.path("ok").asBoolean()) {
      throw new IOException("topology.py: " + answer.path("error").asText());
    }
    return answer;
  }

  private String nextLine() throws IOException, InterruptedException, TimeoutException {
    CompletableFuture<Optional<String>> line = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            line.complete(Optional.ofNullable(answers.readLine()));
          } catch (IOException e) {
            line.completeExceptionally(e);
          }
        });
    try {
      return line.get(ANSWER_SECONDS, TimeUnit.SECONDS)
          .orElseThrow(() -> new IOException("topology.py ended; it said: " + complaints()));
    } catch (ExecutionException e) {
      throw new IOException("answer of topology.py", e);
    }
  }

  private String complaints() {
    try {
      return Files.readString(folder.resolve("topology.err"));
    } catch (IOException e) {
      return "nothing";
    }
  }

  /**
   * Ends the network: it goes with its standard input, and whatever doesn't goes with its process
   * namespace.
   */
  @Override
  public void close() throws IOException {
    try (requests) {
      requests.flush();
    } catch (IOException e) {
      // It has ended already.
    }
    try {
      process.onExit().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    system("ip", "netns", "del", namespace);
  }

  private static void system(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + ": exit status " + status + ": " + output);
    }
  }
}
