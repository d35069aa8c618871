package dev.scr.cli;

import dev.scr.linux.call.SystemCallException;
import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchOptions;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.ports.Attachment;
import dev.scr.softswitch.ports.InterfacePort;
import dev.scr.softswitch.ports.Port;
import dev.scr.softswitch.ports.SwitchPorts;
import dev.scr.softswitch.server.DataplaneServer;
import dev.scr.softswitch.server.P4RuntimeServer;
import dev.scr.softswitch.server.ServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "switch",
    mixinStandardHelpOptions = true,
    description = {
      "The embedded P4 switch on network interfaces, with simple_switch_grpc's options.",
      "It runs p4c's BMv2 JSON and serves P4Runtime until it is interrupted."
    },
    footer = {
      "",
      "After --, as for simple_switch_grpc:",
      "  --grpc-server-addr HOST:PORT     where to serve P4Runtime (default: 127.0.0.1:9559)",
      "  --dp-grpc-server-addr HOST:PORT  serve the ports on a gRPC stream (p4.bm.DataplaneInterface)",
      "  --cpu-port N                     the port of PacketIn and PacketOut, 1 to 510",
      "  --grpc-server-ssl                use TLS, with --grpc-server-cert FILE, --grpc-server-key FILE",
      "                                   and --grpc-server-cacert FILE to ask clients for certificates",
      "",
      "Example: scr switch --no-p4 --device-id 1 -i 1@veth0 -i 2@veth2 -- --grpc-server-addr 127.0.0.1:9559"
    })
final class SwitchCommand implements Callable<Integer> {
  /** How much the switch says; simple_switch's names. */
  enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR,
    OFF
  }

  /** The options after {@code --}. */
  @Command(name = "scr switch --", helpCommand = true)
  static final class Target {
    @Option(names = "--grpc-server-addr")
    private String address = "127.0.0.1:9559";

    @Option(names = "--dp-grpc-server-addr")
    private @Nullable String dataplane;

    @Option(names = "--cpu-port", converter = Options.Count.class)
    private @Nullable Integer cpuPort;

    @Option(names = "--grpc-server-ssl")
    private boolean tls;

    @Option(names = "--grpc-server-cert")
    private @Nullable Path certificate;

    @Option(names = "--grpc-server-key")
    private @Nullable Path key;

    @Option(names = "--grpc-server-cacert")
    private @Nullable Path clientCa;
  }

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec spec;

  @Option(names = "--no-p4", description = "Start without a program; a controller pushes one.")
  private boolean noP4;

  @Option(
      names = "-i",
      paramLabel = "PORT@IFACE",
      description = "Make a network interface a port; needs root. Repeat for each port.")
  private List<String> interfaces = new ArrayList<>();

  @Option(
      names = "--device-id",
      paramLabel = "N",
      description = "What controllers call the switch (default: ${DEFAULT-VALUE}).")
  private long deviceId = 1;

  @Option(
      names = {"--log-level", "-L"},
      paramLabel = "LEVEL",
      description = "trace, debug, info, warn, error or off (default: info).")
  private LogLevel logLevel = LogLevel.INFO;

  @Option(names = "--p4info", paramLabel = "FILE", description = "The P4Info of FILE.json.")
  private @Nullable Path p4info;

  @Parameters(
      paramLabel = "[FILE.json] [-- OPTION...]",
      description = "p4c's output to start with; options of the target after --.")
  private List<String> rest = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Optional<Path> program = program();
    Target target = target(rest.subList(program.isPresent() ? 1 : 0, rest.size()));
    List<Attachment> attachments = attachments();
    EmbeddedSwitch device = new EmbeddedSwitch(requireDeviceId(), options(target));
    if (program.isPresent()) {
      device.loadPipeline(load(program.get(), device.options()));
    }
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    InetSocketAddress address = address("--grpc-server-addr", target.address);
    try (P4RuntimeServer server = serve(address, target, device);
        PortService dataplane = dataplane(target, device);
        SwitchPorts ports = attach(device, attachments)) {
      log(
          LogLevel.INFO,
          "switch %d: P4Runtime on %s:%d%s%s",
          deviceId,
          address.getHostString(),
          server.port(),
          attachments.isEmpty() ? "" : ", ports " + attachments,
          dataplane.description());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(interrupted, ended)));
      interrupted.await();
      log(LogLevel.INFO, "switch %d: %s, by port %s", deviceId, device.events(), ports.counts());
    } finally {
      ended.countDown();
    }
    return ExitCode.DONE.number();
  }

  /** On Ctrl-C: lets the command close everything, and waits until it has. */
  private static void end(CountDownLatch interrupted, CountDownLatch ended) {
    interrupted.countDown();
    try {
      ended.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Path> program() {
    boolean named = !rest.isEmpty() && !rest.getFirst().startsWith("-");
    if (named == noP4) {
      throw CommandFailure.badInput(
          named
              ? "--no-p4: expected no program beside it; found " + rest.getFirst()
              : "expected a program (FILE.json) or --no-p4; found neither");
    }
    return named ? Optional.of(Path.of(rest.getFirst())) : Optional.empty();
  }

  private static Target target(List<String> arguments) {
    Target target = new Target();
    try {
      new CommandLine(target).parseArgs(arguments.toArray(String[]::new));
    } catch (CommandLine.ParameterException e) {
      throw CommandFailure.badInput("after --: " + e.getMessage());
    }
    return target;
  }

  private List<Attachment> attachments() {
    try {
      return interfaces.stream().map(Attachment::parse).toList();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput("-i: " + e.getMessage());
    }
  }

  private long requireDeviceId() {
    if (deviceId == 0) {
      throw CommandFailure.badInput("--device-id: expected a number other than 0; found 0");
    }
    return deviceId;
  }

  private static SwitchOptions options(Target target) {
    try {
      return target.cpuPort == null
          ? SwitchOptions.defaults()
          : SwitchOptions.defaults().withCpuPort(target.cpuPort);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput("--cpu-port: " + e.getMessage());
    }
  }

  private SwitchPipeline load(Path file, SwitchOptions options) throws IOException {
    return SwitchPipeline.load(
        file.toString(),
        Files.readAllBytes(file),
        p4info == null ? P4InfoText.parse("", "no P4Info") : P4InfoText.read(p4info),
        options);
  }

  private static P4RuntimeServer serve(
      InetSocketAddress address, Target target, EmbeddedSwitch device) {
    try {
      return P4RuntimeServer.start(address, serverOptions(target), device);
    } catch (IOException e) {
      throw CommandFailure.environment(
          "--grpc-server-addr: cannot serve on %s:%d: %s"
              .formatted(address.getHostString(), address.getPort(), reason(e)));
    }
  }

  private static ServerOptions serverOptions(Target target) {
    if (!target.tls) {
      return ServerOptions.defaults();
    }
    if (target.certificate == null || target.key == null) {
      throw CommandFailure.badInput(
          "--grpc-server-ssl: expected --grpc-server-cert and --grpc-server-key with it");
    }
    return ServerOptions.defaults()
        .withTls(
            new ServerOptions.Tls(
                target.certificate, target.key, Optional.ofNullable(target.clientCa)));
  }

  /** A server of the ports, or nothing. */
  private record PortService(@Nullable DataplaneServer server, String description)
      implements AutoCloseable {
    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
    }
  }

  private static PortService dataplane(Target target, EmbeddedSwitch device) {
    if (target.dataplane == null) {
      return new PortService(null, "");
    }
    InetSocketAddress address = address("--dp-grpc-server-addr", target.dataplane);
    try {
      DataplaneServer server = DataplaneServer.start(address, device);
      return new PortService(
          server, ", ports by gRPC on " + address.getHostString() + ":" + server.port());
    } catch (IOException e) {
      throw CommandFailure.environment(
          "--dp-grpc-server-addr: cannot serve on " + target.dataplane + ": " + reason(e));
    }
  }

  private static SwitchPorts attach(EmbeddedSwitch device, List<Attachment> attachments) {
    Map<Integer, Port> ports = new TreeMap<>();
    try {
      for (Attachment attachment : attachments) {
        if (ports.containsKey(attachment.port())) {
          throw CommandFailure.badInput(
              "-i: %s: expected each port once; found port %d again"
                  .formatted(attachment, attachment.port()));
        }
        ports.put(attachment.port(), InterfacePort.open(attachment.interfaceName()));
      }
    } catch (SystemCallException e) {
      ports.values().forEach(Port::close);
      throw CommandFailure.environment("-i: " + e.getMessage());
    } catch (CommandFailure e) {
      ports.values().forEach(Port::close);
      throw e;
    }
    return SwitchPorts.start(device, ports);
  }

  private static InetSocketAddress address(String option, String text) {
    int colon = text.lastIndexOf(':');
    try {
      if (colon > 0) {
        return new InetSocketAddress(
            text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw CommandFailure.badInput(option + ": expected HOST:PORT; found '" + text + "'");
  }

  /** The innermost reason: the transport wraps "Address already in use" in its own words. */
  private static String reason(Throwable failure) {
    Throwable innermost = failure;
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      innermost = cause;
    }
    return String.valueOf(innermost.getMessage());
  }

  private void log(LogLevel level, String format, Object... values) {
    if (level.compareTo(logLevel) >= 0) {
      spec.commandLine()
          .getErr()
          .printf("scr: " + level.name().toLowerCase(Locale.ROOT) + ": " + format + "%n", values);
      spec.commandLine().getErr().flush();
    }
  }
}
