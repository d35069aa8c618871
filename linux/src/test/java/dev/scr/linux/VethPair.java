package dev.scr.linux;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.net.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * <pre>
 *   network namespace of its own:   left ======= right    (veth, up, MTU 3000, no IPv6, no offloads)
 * </pre>
 */
public final class VethPair implements AutoCloseable {
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String name;

  private VethPair(String name) {
    this.name = name;
  }

  /** Makes one, or skips the test with the reason why it can't. */
  public static VethPair create() throws Exception {
    Optional<String> lacking =
        Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW);
    assumeTrue(lacking.isEmpty(), () -> "network namespaces: " + lacking.orElseThrow());
    assumeTrue(
        Files.exists(Path.of("/sbin/ip")) || Files.exists(Path.of("/usr/sbin/ip")),
        "network namespaces: ip is not installed (apt install iproute2)");
    VethPair pair =
        new VethPair("scr-test-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet());
    try {
      run("ip", "netns", "add", pair.name);
    } catch (IOException e) {
      abort("network namespaces: " + e.getMessage());
    }
    try {
      pair.ip("link add left type veth peer name right");
    } catch (IOException e) {
      pair.close();
      abort("veth: " + e.getMessage());
    }
    try {
      for (String end : List.of("left", "right")) {
        pair.in("sysctl -q -w net.ipv6.conf." + end + ".disable_ipv6=1");
        pair.ip("link set " + end + " mtu 3000 up");
      }
      while (!pair.inside(
          () -> NetworkLink.named("left").running() && NetworkLink.named("right").running())) {
        Thread.sleep(1); // The kernel notices the carrier a little later.
      }
    } catch (Exception e) {
      pair.close();
      throw e;
    }
    return pair;
  }

  public String namespace() {
    return name;
  }

  /** Runs {@code action} on this thread inside the namespace. */
  public <T> T inside(Callable<T> action) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(name)) {
      return namespace.call(action);
    }
  }

  public void ip(String arguments) throws IOException {
    in("ip " + arguments);
  }

  /** Runs a program inside the namespace. */
  public void in(String command) throws IOException {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
    words.addAll(List.of(command.split(" ")));
    run(words.toArray(String[]::new));
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + ": exit status " + status + ": " + output);
    }
  }

  @Override
  public void close() throws IOException {
    run("ip", "netns", "del", name);
  }
}
