package dev.scr.controlplane;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.Security;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.controlplane.session.SwitchUnreachable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real {@code simple_switch_grpc} without interfaces, on ports of its own. */
public final class Bmv2 implements TestSwitch {
  private static final Duration START = Duration.ofSeconds(20);

  private final Process process;
  private final Path log;
  private final SwitchAddress address;

  private Bmv2(Process process, Path log, SwitchAddress address) {
    this.process = process;
    this.log = log;
    this.address = address;
  }

  /** Starts one and waits until it answers; skips the test where it is not installed. */
  public static Bmv2 start() throws IOException, InterruptedException {
    return startTls(new Security.LocalOnly());
  }

  /**
   * Starts one with options of its own, and waits until it answers a client that connects like
   * this.
   */
  public static Bmv2 startTls(Security security, String... targetOptions)
      throws IOException, InterruptedException {
    return start(new SwitchAddress("127.0.0.1", freePort()), security, targetOptions);
  }

  /** Starts one at an address that another one has left. */
  public static Bmv2 startAt(SwitchAddress address) throws IOException, InterruptedException {
    return start(address, new Security.LocalOnly());
  }

  private static Bmv2 start(SwitchAddress address, Security security, String... targetOptions)
      throws IOException, InterruptedException {
    String executable =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(folder -> Path.of(folder, "simple_switch_grpc"))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst()
            .orElse("");
    assumeTrue(!executable.isEmpty(), "simple_switch_grpc is not installed");
    Path log = Files.createTempFile("bmv2", ".log");
    List<String> command =
        new ArrayList<>(
            List.of(executable, "--no-p4", "--device-id", "1", "-L", "warn", "--log-console"));
    command.addAll(
        List.of(
            "--thrift-port",
            String.valueOf(freePort()),
            "--",
            "--grpc-server-addr",
            address.toString()));
    command.addAll(List.of(targetOptions));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Bmv2 bmv2 = new Bmv2(process, log, address);
    bmv2.awaitAnswer(security);
    return bmv2;
  }

  private void awaitAnswer(Security security) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START.toNanos();
    SessionOptions options =
        SessionOptions.of(address).withSecurity(security).withDeadline(Duration.ofSeconds(2));
    while (true) {
      try {
        P4RuntimeSession.connectReadOnly(options).close();
        return;
      } catch (SwitchUnreachable e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          close();
          throw new AssertionError(
              "simple_switch_grpc did not start:\n" + Files.readString(log), e);
        }
        Thread.sleep(50);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public SwitchAddress address() {
    return address;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(log);
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
