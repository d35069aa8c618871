package dev.scr.cli;

import com.fasterxml.jackson.core.JsonToken;
import dev.scr.controlplane.sequencer.BadSettings;
import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.linux.net.MacAddress;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A file that says what a switch is to be, whole: what it does not say has its default, whatever
 * the switch is now.
 */
final class StateFile {
  /** What a file looks like, for the help of the commands that read one. */
  static final String FORMAT =
      """

      FILE, in YAML or (named .json) JSON, says everything about the sequencer; what it leaves out has its default:

        program: ddos              # which packet program; required
        workers: 4                 # how many workers; required
        depth: 3                   # earlier packets that a frame carries; default: workers - 1
        max_frame_bytes: 9014      # longest frame that a worker's port carries
        pass_port: 1               # where packets go that the program does not look at; 0 drops them
        ports:                     # workers that are not at port worker + 2 with the usual addresses
          - {worker: 0, port: 7, dst_mac: "02:00:00:00:00:07"}
      """;

  private static final List<String> NAMES =
      List.of("program", "workers", "depth", "max_frame_bytes", "pass_port", "ports");
  private static final List<String> PORT_NAMES = List.of("worker", "port", "dst_mac", "src_mac");
  private static final int LAST_PORT = 511;

  private final SourceTree.Fields root;
  private final boolean force;

  private StateFile(SourceTree.Fields root, boolean force) {
    this.root = root;
    this.force = force;
  }

  /**
   * Reads one.
   *
   * @param force whether the depth may be too small for the workers
   * @throws CommandFailure with the line and the field where it cannot be
   */
  static DesiredState read(Path file, boolean force) throws IOException {
    return of(SourceTree.read(file), force);
  }

  /** The same of a document that is read. */
  static DesiredState of(SourceTree document, boolean force) {
    return new StateFile(fields(document, NAMES), force).state();
  }

  private DesiredState state() {
    PacketProgram program = program(required(root, "program"));
    int workers = number(required(root, "workers"), 0, WireFormat.MAX_WORKERS);
    int depth =
        root.value("depth")
            .map(value -> number(value, 0, program.maxDepth()))
            .orElse(SequencerSettings.depthFor(workers));
    int maxFrameBytes =
        root.value("max_frame_bytes")
            .map(value -> number(value, 0, 0xffff))
            .orElse(SequencerSettings.DEFAULT_MAX_FRAME_BYTES);
    int passPort =
        root.value("pass_port")
            .map(value -> number(value, 0, LAST_PORT))
            .orElse(SequencerSettings.UPLINK_PORT);
    List<WorkerPort> given = root.value("ports").map(v -> ports(v, workers)).orElse(List.of());
    DesiredState state =
        new DesiredState(
            program,
            new SequencerSettings(1, depth, workers, maxFrameBytes, passPort),
            DesiredState.ports(workers, given));
    try {
      state.check(force);
    } catch (BadSettings e) {
      throw CommandFailure.badInput(blamed(e) + ": " + e.getMessage());
    }
    return state;
  }

  /** The place of the field that a limit is about. */
  private SourceTree.Place blamed(BadSettings failure) {
    String message = String.valueOf(failure.getMessage());
    String name = message.startsWith("max_frame") ? "max_frame_bytes" : "depth";
    return root.value(message.startsWith("workers") ? "workers" : name)
        .or(() -> root.value("depth"))
        .or(() -> root.value("workers"))
        .map(SourceTree::place)
        .orElse(root.place());
  }

  private static List<WorkerPort> ports(SourceTree document, int workers) {
    if (!(document instanceof SourceTree.Items items)) {
      throw document.place().expected("a list of workers' ports", document.found());
    }
    Map<Integer, WorkerPort> ports = new TreeMap<>();
    for (SourceTree item : items.values()) {
      WorkerPort port = port(item, workers);
      if (ports.put(port.worker(), port) != null) {
        throw item.place().expected("each worker once", "worker " + port.worker() + " again");
      }
    }
    return new ArrayList<>(ports.values());
  }

  private static WorkerPort port(SourceTree document, int workers) {
    SourceTree.Fields fields = fields(document, PORT_NAMES);
    SourceTree number = required(fields, "worker");
    int worker = number(number, 0, WireFormat.MAX_WORKERS - 1);
    if (worker >= workers) {
      throw number
          .place()
          .expected("a worker below " + workers + ", the number of workers", "'" + worker + "'");
    }
    WorkerPort usual = WorkerPort.defaultOf(worker);
    return new WorkerPort(
        worker,
        fields.value("port").map(value -> number(value, 1, LAST_PORT - 1)).orElse(usual.port()),
        fields.value("dst_mac").map(StateFile::mac).orElse(usual.dstMac()),
        fields.value("src_mac").map(StateFile::mac).orElse(usual.srcMac()));
  }

  private static SourceTree.Fields fields(SourceTree document, List<String> names) {
    if (!(document instanceof SourceTree.Fields fields)) {
      throw document.place().expected("names with values (name: value)", document.found());
    }
    fields
        .values()
        .forEach((name, value) -> {
          if (!names.contains(name)) {
            throw value
                .place()
                .expected("one of " + String.join(", ", names), "the name '" + name + "'");
          }
        });
    return fields;
  }

  private static SourceTree required(SourceTree.Fields fields, String name) {
    Optional<SourceTree> value = fields.value(name);
    return value.orElseThrow(() -> fields.place().expected(name + ": and its value", "none"));
  }

  private static PacketProgram program(SourceTree value) {
    return (value instanceof SourceTree.Scalar scalar
            ? PacketProgram.named(scalar.text())
            : Optional.<PacketProgram>empty())
        .orElseThrow(
            () -> value.place().expected("one of " + PacketProgram.names(), value.found()));
  }

  private static int number(SourceTree value, int least, int most) {
    if (value instanceof SourceTree.Scalar scalar && scalar.token() == JsonToken.VALUE_NUMBER_INT) {
      try {
        int number = Integer.parseInt(scalar.text().replace("_", ""));
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException _) {
        // said below
      }
    }
    throw value.place().expected("a whole number from " + least + " to " + most, value.found());
  }

  private static long mac(SourceTree value) {
    if (value instanceof SourceTree.Scalar scalar) {
      try {
        return MacAddress.of(HexFormat.ofDelimiter(":").parseHex(scalar.text())).value();
      } catch (IllegalArgumentException _) {
        // said below
      }
    }
    throw value
        .place()
        .expected("six pairs of hexadecimal digits with colons between", value.found());
  }
}
