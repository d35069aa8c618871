package dev.scr.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.net.NetworkNamespace;
import dev.scr.linux.packet.PacketSocket;
import dev.scr.linux.packet.SendResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A virtual Ethernet with two ends, {@code left} and {@code right}, in a network namespace of its
 * own; more of them can be added. Skips the test, with the reason, where there can be none.
 */
record VethWire(String namespace) implements AutoCloseable {
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final long PATIENCE_NS = 5_000_000_000L;

  static VethWire make() throws Exception {
    var lacks = Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW);
    assumeTrue(lacks.isEmpty(), () -> "network namespaces: " + lacks.orElseThrow());
    VethWire wire =
        new VethWire("scr-w-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet());
    try {
      run("ip netns add " + wire.namespace);
    } catch (IOException e) {
      abort("network namespaces: " + e.getMessage());
    }
    try {
      wire.add("left", "right");
      return wire;
    } catch (Exception e) {
      wire.close();
      throw e;
    }
  }

  /** Two more ends. */
  void add(String one, String other) throws Exception {
    ip("link add " + one + " type veth peer name " + other);
    for (String end : List.of(one, other)) {
      run(
          "ip netns exec %s sysctl -q -w net.ipv6.conf.%s.disable_ipv6=1"
              .formatted(namespace, end));
      ip("link set " + end + " mtu 3000 up");
    }
    awaitRunning(one);
    awaitRunning(other);
  }

  /** The kernel notices a carrier a little later, and lets frames through after it has said so. */
  void awaitRunning(String end) throws Exception {
    while (!inside(() -> NetworkLink.named(end).running())) {
      Thread.sleep(1);
    }
    ip("link set " + end + " up"); // waits until what it does about the carrier is done
  }

  void ip(String words) throws IOException {
    run("ip -n " + namespace + " " + words);
  }

  <T> T inside(Callable<T> action) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(this.namespace)) {
      return namespace.call(action);
    }
  }

  /** Sends frames from {@code left}. */
  void send(List<byte[]> frames) throws Exception {
    int sent =
        inside(() -> {
          try (PacketSocket socket = PacketSocket.open("left")) {
            int taken = 0;
            for (byte[] frame : frames) {
              SendResult result = socket.send(MemorySegment.ofArray(frame), PATIENCE_NS);
              taken += result == SendResult.SENT ? 1 : 0;
              if (taken % 64 == 0) {
                Thread.sleep(1); // a burst that outruns the receiver would be lost, as on any wire
              }
            }
            return taken;
          }
        });
    assertEquals(frames.size(), sent);
  }

  static void run(String command) throws IOException {
    Process process = new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(command + ": " + text.strip());
    }
  }

  @Override
  public void close() throws IOException {
    run("ip netns del " + namespace);
  }
}
