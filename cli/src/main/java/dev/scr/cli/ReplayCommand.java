package dev.scr.cli;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.run.Replay;
import dev.scr.hosts.run.SequencedReplay;
import dev.scr.hosts.run.StrategyReplay;
import dev.scr.hosts.strategy.Promise;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Delivery;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = "Run a packet program over a trace; write its verdicts and its final state.")
final class ReplayCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private SequencerOptions sequencer = new SequencerOptions();
  @Mixin private ParameterOptions parameters = new ParameterOptions();
  @Mixin private DeliveryOptions delivery = new DeliveryOptions();

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Makes the same faults again (default: 0).")
  private long seed;

  @Option(
      names = "--strategy",
      paramLabel = "STRATEGY",
      converter = Options.StrategyName.class,
      description =
          "How the program is spread over workers: scr, sequential, shared-atomic, shared-lock, sharded or rss++"
              + " (default: scr). With shared state and several workers, packets are taken in no fixed order:"
              + " docs/strategies.md says what is the same as in the sequential program.")
  private Strategy strategy = Strategy.SCR;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = Options.EngineName.class,
      description = "What runs the program's BPF code (default: the fastest that this build has).")
  private ReplicaEngine engine = DemoCommand.DEFAULT_ENGINE;

  @Option(
      names = "--sequenced",
      description =
          "The trace is a sequencer's output: each frame goes to the worker that it names.")
  private boolean sequenced;

  @Parameters(paramLabel = "IN.pcap", description = "The trace: pcap or pcapng.")
  private Path in = Path.of("");

  @Option(
      names = "--verdicts",
      paramLabel = "FILE",
      description = "Write a line for each packet: its number and its verdict ('lost' for none).")
  private @Nullable Path verdicts;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "Write the final state: a line 'key value' in hexadecimal for each entry, sorted.")
  private @Nullable Path state;

  /** What JSON says. */
  record Result(
      String program,
      String strategy,
      int workers,
      int packets,
      Map<String, Long> verdicts,
      int stateEntries) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    ProgramObject object = parameters.object(sequencer.program());
    int workers = strategy == Strategy.SEQUENTIAL ? 1 : sequencer.settings().workers();
    Trace trace = Inputs.trace(in, output);
    Replay replay = run(object, trace);
    if (verdicts != null) {
      WholeFile.write(verdicts, verdictLines(replay.verdicts()));
    }
    if (state != null) {
      WholeFile.write(state, replay.state().stream().map(MapEntry::toString).toList());
    }
    Map<String, Long> counts = count(replay.verdicts());
    Result result =
        new Result(
            object.program().programName(),
            strategy.strategyName(),
            workers,
            trace.size(),
            counts,
            replay.state().size());
    output.result(
        result,
        text ->
            text.printf(
                "%s: %s over %d packets, %s: %s; %d entries of state%n",
                in,
                result.program(),
                trace.size(),
                result.strategy(),
                counts,
                replay.state().size()));
    return ExitCode.DONE.number();
  }

  private Replay run(ProgramObject object, Trace trace) throws InterruptedException {
    if (!delivery.isPlain() && (sequenced || strategy != Strategy.SCR)) {
      throw CommandFailure.badInput(
          "--loss, --reorder, --duplicate, --crash, --recovery: expected --strategy scr over packets,"
              + " which are sequenced here; found "
              + (sequenced ? "--sequenced" : strategy.strategyName()));
    }
    if (sequenced) {
      if (strategy != Strategy.SCR) {
        throw CommandFailure.badInput(
            "--sequenced: frames with history are for --strategy scr; found "
                + strategy.strategyName());
      }
      engine.check(object, trace.maxLength());
      return SequencedReplay.run(object, engine, trace);
    }
    return switch (strategy) {
      case SEQUENTIAL -> Replay.sequential(object, sequentialEngine(), trace);
      case SHARED_ATOMIC, SHARED_LOCK, SHARDED, REBALANCED -> {
        requireAvailable(object.program());
        yield new StrategyReplay(object, sequentialEngine(), trace, sequencer.settings().workers())
            .run(strategy);
      }
      case SCR -> {
        SequencerSettings settings = sequencer.settings();
        Delivery chosen = delivery.delivery(settings.workers(), seed);
        engine.check(object, Inputs.longestFrame(object, settings, trace));
        yield Replay.scr(object, engine, trace, settings, chosen).byPacket();
      }
    };
  }

  private void requireAvailable(PacketProgram program) {
    if (Promise.of(program, strategy) == Promise.UNAVAILABLE) {
      throw CommandFailure.badInput(
          "--strategy %s: expected a program whose update is one addition (ddos, heavyhitter); found %s. Use --strategy shared-lock"
              .formatted(strategy.strategyName(), program.programName()));
    }
  }

  /** The sequential program asks for the time, and in the kernel that is not the trace's. */
  private Engine sequentialEngine() {
    if (engine == ReplicaEngine.KERNEL) {
      throw CommandFailure.badInput(
          "--engine kernel: expected --strategy scr, whose frames carry the trace's times; found %s, which would read the kernel's clock"
              .formatted(strategy.strategyName()));
    }
    return engine.machine();
  }

  private static List<String> verdictLines(List<Optional<Verdict>> verdicts) {
    return IntStream.range(0, verdicts.size())
        .mapToObj(i -> i + " " + verdicts.get(i).map(Options::lower).orElse("lost"))
        .toList();
  }

  private static Map<String, Long> count(List<Optional<Verdict>> verdicts) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Verdict verdict : List.of(Verdict.PASS, Verdict.DROP, Verdict.TX)) {
      counts.put(Options.lower(verdict), 0L);
    }
    verdicts.forEach(v -> counts.merge(v.map(Options::lower).orElse("lost"), 1L, Long::sum));
    return counts;
  }
}
