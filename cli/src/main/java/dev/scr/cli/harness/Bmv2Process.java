package dev.scr.cli.harness;

import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.controlplane.session.SwitchFailure;
import dev.scr.wire.ControlFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@code simple_switch_grpc} that lives as long as this object: P4Runtime and packets on loopback
 * addresses, log in a temporary file that stays when the switch dies.
 */
final class Bmv2Process implements AutoCloseable {
  /** The program that P4Runtime speaks to. */
  static final String PROGRAM = "simple_switch_grpc";

  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private final Process process;
  private final Path log;
  private final SwitchAddress p4runtime;
  private final SwitchAddress dataplane;

  private Bmv2Process(Process process, Path log, SwitchAddress p4runtime, SwitchAddress dataplane) {
    this.process = process;
    this.log = log;
    this.p4runtime = p4runtime;
    this.dataplane = dataplane;
  }

  /**
   * Starts the switch and waits until it answers.
   *
   * @throws MissingTool if it is not installed or dies at once
   */
  static Bmv2Process start(long deviceId) throws InterruptedException {
    try {
      SwitchAddress p4runtime = freeAddress();
      SwitchAddress dataplane = freeAddress();
      Path log = Files.createTempFile("scr-bmv2-", ".log");
      Process process =
          new ProcessBuilder(
                  List.of(
                      PROGRAM,
                      "--no-p4",
                      "--device-id",
                      String.valueOf(deviceId),
                      "--thrift-port",
                      String.valueOf(freeAddress().port()),
                      "--log-level",
                      "warn",
                      "--log-console",
                      "--",
                      "--grpc-server-addr",
                      p4runtime.toString(),
                      "--dp-grpc-server-addr",
                      dataplane.toString(),
                      "--cpu-port",
                      String.valueOf(ControlFrame.CPU_PORT)))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      Bmv2Process started = new Bmv2Process(process, log, p4runtime, dataplane);
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      started.awaitReady();
      return started;
    } catch (IOException e) {
      throw new MissingTool(
          PROGRAM
              + " is not installed (no such program on PATH); get BMv2 from p4lang's packages, or use"
              + " the embedded switch: README.md, \"BMv2 and p4c\"");
    }
  }

  private static SwitchAddress freeAddress() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new SwitchAddress("127.0.0.1", socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady() throws InterruptedException, IOException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (true) {
      if (!process.isAlive()) {
        throw new MissingTool(PROGRAM + " ended at once; its log: " + tail());
      }
      try (P4RuntimeSession session =
          P4RuntimeSession.connectReadOnly(
              SessionOptions.of(p4runtime).withDeadline(Duration.ofSeconds(1)))) {
        session.apiVersion();
        return;
      } catch (SwitchFailure failure) {
        if (System.nanoTime() > deadline) {
          close();
          throw new MissingTool(
              PROGRAM + " does not answer after " + START_LIMIT.toSeconds() + " s: " + failure);
        }
        Thread.sleep(50);
      }
    }
  }

  private String tail() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  SwitchAddress p4runtime() {
    return p4runtime;
  }

  SwitchAddress dataplane() {
    return dataplane;
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
      Thread.currentThread().interrupt();
    } catch (IOException _) {
      // a log in the temporary folder stays behind
    }
  }
}
