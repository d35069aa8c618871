package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.linux.net.MacAddress;
import dev.scr.pipeline.WorkerPort;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "ports",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Where the workers are: switch ports and MAC addresses.")
final class CtlPortsCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
  private CtlCommand ctl;

  /** What JSON says of a worker. */
  record Port(int worker, int port, String dstMac, String srcMac) {
    static Port of(WorkerPort port) {
      return new Port(
          port.worker(),
          port.port(),
          WorkerPort.macText(port.dstMac()),
          WorkerPort.macText(port.srcMac()));
    }
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Print them all.")
  int list(@Mixin Output output) {
    return print(output, ctl.reading(SequencerController::ports));
  }

  @Command(name = "set", mixinStandardHelpOptions = true, description = "Say where a worker is.")
  int set(
      @Mixin Output output,
      @Parameters(
              paramLabel = "WORKER",
              converter = Options.Count.class,
              description = "Its number.")
          Integer worker,
      @Parameters(
              paramLabel = "PORT",
              converter = Options.Count.class,
              description = "Switch port.")
          Integer port,
      @Option(names = "--mac", paramLabel = "MAC", description = "Its MAC address.")
          @Nullable String mac) {
    WorkerPort wanted = workerPort(worker, port, mac);
    return ctl.changing(controller -> {
      controller.setPort(wanted);
      return print(output, controller.ports());
    });
  }

  private static WorkerPort workerPort(int worker, int port, @Nullable String mac) {
    try {
      WorkerPort usual = WorkerPort.defaultOf(worker);
      long dstMac = mac == null ? usual.dstMac() : mac(mac);
      return new WorkerPort(worker, port, dstMac, usual.srcMac());
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput(e.getMessage());
    }
  }

  private static long mac(String text) {
    try {
      return MacAddress.of(HexFormat.ofDelimiter(":").parseHex(text)).value();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput(
          "--mac: expected six pairs of hexadecimal digits with colons between; found " + text);
    }
  }

  private static int print(Output output, List<WorkerPort> ports) {
    List<Port> documents = ports.stream().map(Port::of).toList();
    output.result(documents, text -> text.println(table(documents)));
    return ExitCode.DONE.number();
  }

  static String table(List<Port> ports) {
    return Output.table(
        List.of("#worker", "#port", "to MAC", "from MAC"),
        ports.stream()
            .map(port ->
                List.of(
                    String.valueOf(port.worker()),
                    String.valueOf(port.port()),
                    port.dstMac(),
                    port.srcMac()))
            .toList());
  }
}
