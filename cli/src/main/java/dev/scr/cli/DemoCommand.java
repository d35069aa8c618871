package dev.scr.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.scr.cli.harness.Demonstration;
import dev.scr.cli.harness.SwitchHarness;
import dev.scr.cli.harness.SwitchKind;
import dev.scr.controlplane.sequencer.SequencerStatus;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.worker.Delivery;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerLog;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.wire.SequenceNumber;
import dev.scr.wire.WireFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "The main job, end to end: start a P4 switch, push the sequencer by P4Runtime, set depth and workers by"
          + " the controller, send traffic through it to N workers, and compare every verdict and every"
          + " replica's state with the sequential program's.",
      "Exit code 0: all equal. 1: they differ."
    })
final class DemoCommand implements Callable<Integer> {
  /** What runs BPF code where nobody says otherwise. */
  static final ReplicaEngine DEFAULT_ENGINE = ReplicaEngine.JVM;

  private static final int FLOWS = 1_000;
  private static final int FRAME_BYTES = 192;
  private static final int DEFAULT_PACKETS = 20_000;

  @Mixin private Output output = new Output();
  @Mixin private SequencerOptions sequencer = new SequencerOptions();
  @Mixin private ParameterOptions parameters = new ParameterOptions();
  @Mixin private DeliveryOptions delivery = new DeliveryOptions();

  @ArgGroup private @Nullable Traffic traffic;

  /** Where the packets come from. */
  static final class Traffic {
    @Option(
        names = "--packets",
        paramLabel = "N",
        converter = Options.Count.class,
        description = "Packets to make, Zipf over 1000 flows (default: 20000).")
    private @Nullable Integer packets;

    @Option(names = "--pcap", paramLabel = "FILE", description = "Packets of a capture instead.")
    private @Nullable Path pcap;
  }

  @Option(
      names = "--switch",
      paramLabel = "SWITCH",
      description = "embedded (in this process) or bmv2 (simple_switch_grpc); default: embedded.")
  private SwitchKind switchKind = SwitchKind.EMBEDDED;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = Options.EngineName.class,
      description = "What runs the workers' BPF code (default: the fastest that this build has).")
  private ReplicaEngine engine = DEFAULT_ENGINE;

  @Option(
      names = "--resize",
      paramLabel = "PACKET:N",
      split = ",",
      converter = Options.ResizeAt.class,
      description =
          "From this packet on, counted from 0, have N workers instead, while traffic flows. Needs"
              + " --recovery, by which a new worker gets a state.")
  private List<Demonstration.Resize> resizes = List.of();

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same run again.")
  private @Nullable Long seed;

  /** What JSON says. */
  record Result(
      String program,
      int workers,
      int depth,
      int packets,
      @JsonProperty("switch") String switchKind,
      String engine,
      Verdicts verdicts,
      boolean verdictsEqual,
      boolean replicasEqual,
      boolean sequencerEqual,
      long sequenced,
      long passedThrough,
      long lost,
      long recovered,
      long missed,
      long fastForwarded,
      boolean recovery,
      long fromPeers,
      long leftOut,
      long joins,
      @Nullable String firstDifference,
      double seconds,
      long packetsPerSecond,
      long nsPerPacket,
      long seed) {}

  /** Packets by verdict. */
  record Verdicts(long pass, long drop, long tx) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
    ProgramObject object = parameters.object(sequencer.program());
    checkResizes();
    SequencerSettings settings = sequencer.settings(mostWorkersLater());
    Delivery chosen = delivery.delivery(Math.max(settings.workers(), mostWorkersLater()), usedSeed);
    if (!settings.isDeepEnough() && !delivery.isRecovery()) {
      output.warn(
          "%d workers need depth %d; with %d the replicas will differ (--force)",
          settings.workers(), SequencerSettings.depthFor(settings.workers()), settings.depth());
    }
    Trace trace = trace(usedSeed);
    engine.check(object, Inputs.longestFrame(object, settings, trace));
    Demonstration demonstration = new Demonstration(object, engine, settings, chosen, resizes);
    try (SwitchHarness harness = switchKind.start();
        Bar bar = Bar.over("packets", trace.size(), output)) {
      output.progress(
          "switch     %s, P4Runtime on %s", Options.lower(switchKind), harness.p4runtime());
      Demonstration.Outcomes outcomes =
          demonstration.run(harness, trace, bar, status -> announce(status, trace, usedSeed));
      Result result = result(object, settings, trace, outcomes, usedSeed);
      output.result(result, text -> print(text, result, outcomes));
      boolean equal = outcomes.report().equal() && outcomes.sequencerEqual();
      return (equal ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
    }
  }

  private int mostWorkersLater() {
    return resizes.stream().mapToInt(Demonstration.Resize::workers).max().orElse(0);
  }

  private void checkResizes() {
    if (!resizes.isEmpty() && !delivery.isRecovery()) {
      throw CommandFailure.badInput(
          "--resize: expected --recovery, by which a new worker gets a state; found none");
    }
    for (int i = 0; i < resizes.size(); i++) {
      Demonstration.Resize resize = resizes.get(i);
      if (resize.workers() < 1 || resize.workers() > WireFormat.MAX_WORKERS) {
        throw CommandFailure.badInput(
            "--resize: expected 1 to "
                + WireFormat.MAX_WORKERS
                + " workers; found "
                + resize.workers());
      }
      if (i > 0 && resize.packet() < resizes.get(i - 1).packet()) {
        throw CommandFailure.badInput(
            "--resize: expected packets in ascending order; found %d after %d"
                .formatted(resize.packet(), resizes.get(i - 1).packet()));
      }
    }
  }

  private Trace trace(long usedSeed) throws IOException {
    if (traffic != null && traffic.pcap != null) {
      return Inputs.trace(traffic.pcap, output);
    }
    int packets = traffic == null || traffic.packets == null ? DEFAULT_PACKETS : traffic.packets;
    return TraceGenerator.generate(
        TraceCommand.spec(TraceKind.ZIPF, packets, FLOWS, FRAME_BYTES, usedSeed));
  }

  private void announce(SequencerStatus status, Trace trace, long usedSeed) {
    output.progress(
        "pipeline   %s: slots of %d bytes, depth up to %d",
        status.program(), status.limits().slotBytes(), status.limits().maxDepth());
    output.progress(
        "settings   epoch %d: depth %d, %d workers",
        status.settings().epoch(), status.settings().depth(), status.settings().workers());
    output.progress(
        "traffic    %d packets%s",
        trace.size(),
        traffic != null && traffic.pcap != null
            ? " of " + traffic.pcap
            : ", Zipf over %d flows, seed %d".formatted(FLOWS, usedSeed));
  }

  private Result result(
      ProgramObject object,
      SequencerSettings settings,
      Trace trace,
      Demonstration.Outcomes outcomes,
      long usedSeed) {
    ReplicationReport report = outcomes.report();
    double seconds = outcomes.nanoseconds() / 1e9;
    return new Result(
        object.program().programName(),
        settings.workers(),
        settings.depth(),
        trace.size(),
        Options.lower(switchKind),
        Options.lower(engine),
        new Verdicts(
            report.count(Verdict.PASS), report.count(Verdict.DROP), report.count(Verdict.TX)),
        report.verdictsEqual(),
        report.replicasEqual(),
        outcomes.sequencerEqual(),
        outcomes.counters().sequenced(),
        outcomes.counters().passedThrough(),
        report.lost(),
        report.recovered(),
        report.missed(),
        report.fastForwarded(),
        delivery.isRecovery(),
        report.fromPeers(),
        report.leftOut(),
        report.joins(),
        report.firstDifference().orElse(null),
        Math.round(seconds * 1e3) / 1e3,
        seconds == 0 ? 0 : Math.round(trace.size() / seconds),
        trace.size() == 0 ? 0 : outcomes.nanoseconds() / trace.size(),
        usedSeed);
  }

  private static void print(PrintWriter text, Result result, Demonstration.Outcomes outcomes) {
    text.println();
    text.println(
        Output.table(
            List.of(
                "#worker",
                "#own packets",
                "#fast-forwarded",
                "#missed",
                "#pass",
                "#drop",
                "#state entries",
                "#at number"),
            outcomes.workers().stream().map(DemoCommand::row).toList()));
    text.println();
    text.printf(
        "verdicts   %d pass, %d drop, %d tx; %d packets passed through, %d lost, %d of these recovered%n",
        result.verdicts().pass(),
        result.verdicts().drop(),
        result.verdicts().tx(),
        result.passedThrough(),
        result.lost(),
        result.recovered());
    if (result.recovery()) {
      text.printf(
          "recovery   %d updates from peers; %d packets that no worker received are in no state; %d states copied%n",
          result.fromPeers(), result.leftOut(), result.joins());
    }
    text.printf(
        "speed      %d packets/s through switch and workers, in all %.1f s; most of it is the simulated switch's%n",
        result.packetsPerSecond(), result.seconds());
    text.printf(
        "%s   %s, %s%s%n",
        outcomes.report().equal() && result.sequencerEqual() ? "EQUAL   " : "DIFFERENT",
        said(result.verdictsEqual(), "every verdict is", "a verdict is not"),
        said(result.replicasEqual(), "every replica's state is", "a replica's state is not"),
        " the sequential program's");
    if (result.firstDifference() != null) {
      text.println("           " + result.firstDifference());
    }
    if (!result.sequencerEqual()) {
      text.println("           the switch did not sequence what the reference sequencer does");
    }
  }

  private static String said(boolean equal, String yes, String no) {
    return equal ? yes : no;
  }

  private static List<String> row(WorkerResult worker) {
    WorkerLog log = worker.log();
    long pass = IntStream.range(0, log.size()).filter(i -> log.verdict(i) == Verdict.PASS).count();
    long drop = IntStream.range(0, log.size()).filter(i -> log.verdict(i) == Verdict.DROP).count();
    return List.of(
        String.valueOf(worker.worker()),
        String.valueOf(worker.progress().handled()),
        String.valueOf(worker.progress().fastForwarded()),
        String.valueOf(worker.progress().missed()),
        String.valueOf(pass),
        String.valueOf(drop),
        String.valueOf(worker.state().size()),
        SequenceNumber.toString(worker.progress().applied()));
  }
}
