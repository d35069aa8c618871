package dev.scr.hosts.bench;

import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.net.NetworkNamespace;
import dev.scr.linux.packet.FrameBatch;
import dev.scr.linux.packet.PacketSocket;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A virtual Ethernet in a network namespace of its own, with an AF_PACKET socket at each end: what
 * goes in at one comes out at the other, on the core of who sends. Used by one thread.
 */
final class VethLoop implements AutoCloseable {
  private static final long TIMEOUT_NS = 2_000_000_000L;
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String namespace;
  private final Thread atExit;
  private final PacketSocket in;
  private final PacketSocket out;
  private final FrameBatch sending;
  private final FrameBatch receiving;

  private VethLoop(String namespace, PacketSocket in, PacketSocket out, int longest) {
    this.namespace = namespace;
    this.atExit = new Thread(() -> remove(namespace), namespace);
    Runtime.getRuntime().addShutdownHook(atExit); // an interrupted run leaves nothing behind
    this.in = in;
    this.out = out;
    this.sending = new FrameBatch(WorkerLoop.BATCH, longest);
    this.receiving = new FrameBatch(WorkerLoop.BATCH, longest);
  }

  /** Why there can be none here; empty if there can. */
  static Optional<String> lacks() {
    return Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW)
        .or(() -> {
          try {
            run(List.of("ip", "-V"));
            return Optional.empty();
          } catch (IOException e) {
            return Optional.of("ip is not installed (apt install iproute2)");
          }
        });
  }

  /**
   * Makes one.
   *
   * @param longest frame in bytes
   * @throws IOException if the machine cannot
   */
  static VethLoop create(int longest) throws IOException {
    String namespace = "scr-bench-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();
    run(List.of("ip", "netns", "add", namespace));
    try {
      in(namespace, "link add left type veth peer name right");
      for (String end : List.of("left", "right")) {
        run(
            List.of(
                "ip",
                "netns",
                "exec",
                namespace,
                "sysctl",
                "-q",
                "-w",
                "net.ipv6.conf." + end + ".disable_ipv6=1"));
        in(namespace, "link set " + end + " mtu 9000 up");
      }
      try (NetworkNamespace inside = NetworkNamespace.named(namespace)) {
        return inside.call(() -> {
          while (!NetworkLink.named("left").running() || !NetworkLink.named("right").running()) {
            Thread.sleep(1); // the kernel notices the carrier a little later
          }
          return new VethLoop(
              namespace, PacketSocket.open("left"), PacketSocket.open("right"), longest);
        });
      }
    } catch (IOException | RuntimeException e) {
      remove(namespace);
      throw e;
    } catch (Exception e) {
      remove(namespace);
      throw new IOException("virtual Ethernet: " + e, e);
    }
  }

  /** Adds a frame to those that {@link #send} sends. */
  void put(MemorySegment memory, int offset, int length) {
    if (!sending.add(memory.asSlice(offset, length))) {
      throw new IllegalStateException("more than " + WorkerLoop.BATCH + " frames at a time");
    }
  }

  /** Sends what was put. */
  void send() {
    int expected = sending.size();
    int sent = in.send(sending, TIMEOUT_NS);
    sending.clear();
    if (sent != expected) {
      throw new IllegalStateException("expected " + expected + " frames sent, found " + sent);
    }
  }

  /** What has come out at the other end. */
  FrameBatch receive() {
    if (out.receive(receiving, TIMEOUT_NS) == 0) {
      throw new IllegalStateException("a frame was lost between two ends of one machine");
    }
    return receiving;
  }

  @Override
  public void close() {
    in.close();
    out.close();
    Runtime.getRuntime().removeShutdownHook(atExit);
    remove(namespace);
  }

  private static void remove(String namespace) {
    try {
      run(List.of("ip", "netns", "del", namespace));
    } catch (IOException e) {
      throw new IllegalStateException("network namespace " + namespace + " stays behind", e);
    }
  }

  private static void in(String namespace, String words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
    command.addAll(List.of(words.split(" ", -1)));
    run(command);
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted in " + String.join(" ", command), e);
    }
  }
}
