package dev.scr.cli;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.live.Forwarding;
import dev.scr.hosts.live.FrameSource;
import dev.scr.hosts.live.LiveCounts;
import dev.scr.hosts.live.LiveWorker;
import dev.scr.hosts.live.PacketFrames;
import dev.scr.hosts.live.XdpFrames;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkLink;
import dev.scr.pipeline.PacketProgram;
import dev.scr.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = {
      "One worker on a network interface: takes the frames that a sequencer sends there, keeps a replica of the"
          + " program's state, and gives each of its packets a verdict. Counts verdicts; with --deliver and"
          + " --transmit also sends the packets on, without what the sequencer put in front of them.",
      "Runs until Ctrl-C, --packets or --seconds, and then prints what it did. Needs root, or CAP_NET_RAW"
          + " (af_xdp, and --engine kernel: CAP_NET_ADMIN and CAP_BPF, too)."
    },
    footer = {
      "",
      "Example: scr worker --program ddos -i w0 --id 0 --state w0.state",
      "Example: scr worker --program ddos -i w0 --id 0 --deliver app0",
      "The verdicts file has a line per packet: its sequence number, from 1, and its verdict."
    })
final class WorkerCommand implements Callable<Integer> {
  private static final long WAIT_NS = 100_000_000;
  private static final int ETHERNET_BYTES = 14;
  private static final int LONGEST_IN_KERNEL = 3520;

  /** Frames that only count may come in larger portions than packets that somebody waits for. */
  private static final int HELD_BACK_MS = 10;

  private static final int HELD_BACK_FORWARDING_MS = 1;

  /** How frames come from the kernel. */
  enum Io {
    AF_PACKET,
    AF_XDP
  }

  @Mixin private Output output = new Output();
  @Mixin private ParameterOptions parameters = new ParameterOptions();
  @Mixin private ForwardingOptions forwarding = new ForwardingOptions();

  @Option(
      names = "--program",
      required = true,
      paramLabel = "PROGRAM",
      converter = Options.Program.class,
      description = "The packet program, the same as the sequencer's. See scr programs.")
  private PacketProgram program = PacketProgram.PORTKNOCK;

  @Option(
      names = "-i",
      required = true,
      paramLabel = "IFACE",
      description = "The network interface that the sequencer's port for this worker leads to.")
  private String interfaceName = "";

  @Option(
      names = "--io",
      paramLabel = "IO",
      description =
          "af_packet: any interface; af_xdp: one queue of one whose driver knows XDP, for less work in the"
              + " kernel (default: af_packet).")
  private Io io = Io.AF_PACKET;

  @Option(
      names = "--queue",
      paramLabel = "Q",
      converter = Options.Count.class,
      description = "With --io af_xdp: which queue (default: 0).")
  private @Nullable Integer queue;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = Options.EngineName.class,
      description = "What runs the program's BPF code (default: the fastest that this build has).")
  private ReplicaEngine engine = DemoCommand.DEFAULT_ENGINE;

  @Option(
      names = "--id",
      paramLabel = "K",
      converter = Options.Count.class,
      description =
          "Take the frames of worker K only, where the interface sees others', too (default: all).")
  private @Nullable Integer id;

  @Option(
      names = "--cpu",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Stay on this processor.")
  private @Nullable Integer cpu;

  @Option(
      names = "--packets",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "End after N verdicts.")
  private @Nullable Integer packets;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      converter = Options.Seconds.class,
      description = "End after that time.")
  private @Nullable Duration seconds;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      converter = Options.Seconds.class,
      description = "Time between two lines of counters (default: 1).")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--verdicts",
      paramLabel = "FILE",
      description = "Write a line for each packet: its sequence number and its verdict.")
  private @Nullable Path verdicts;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "Write the final state: a line 'key value' in hexadecimal for each entry, sorted.")
  private @Nullable Path state;

  private long startedNs;
  private @Nullable LiveCounts shown;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (id != null && id >= WireFormat.MAX_WORKERS) {
      throw CommandFailure.badInput(
          "--id: expected 0 to %d; found %d".formatted(WireFormat.MAX_WORKERS - 1, id));
    }
    if (queue != null && io != Io.AF_XDP) {
      throw CommandFailure.badInput("--queue: expected --io af_xdp with it; found af_packet");
    }
    ProgramObject object = parameters.object(program);
    requirePrivileges();
    int longest = longest(object);
    try (Interrupt interrupt = Interrupt.listen();
        VerdictFile file = VerdictFile.to(verdicts)) {
      Done done = onItsThread(() -> work(interrupt, object, longest, file));
      if (state != null) {
        WholeFile.write(state, done.state().stream().map(MapEntry::toString).toList());
      }
      file.finish();
      print(done);
      return (done.ended() == null ? ExitCode.DONE : ExitCode.ENVIRONMENT).number();
    }
  }

  /**
   * What is there when the worker has ended.
   *
   * @param ended why it had to, if not as wanted
   */
  private record Done(
      LiveCounts counts,
      Forwarding.Counts sent,
      long dropped,
      List<MapEntry> state,
      double seconds,
      @Nullable String ended) {}

  /** A worker is one thread, which has only the rights that it needs. */
  private static Done onItsThread(Callable<Done> work) throws InterruptedException {
    FutureTask<Done> task = new FutureTask<>(work);
    Thread.ofPlatform().name("scr-worker").daemon().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("the worker failed: " + e.getCause(), e);
    }
  }

  private Done work(Interrupt interrupt, ProgramObject object, int longest, VerdictFile file) {
    try (Forwarding ways = forwarding.open();
        FrameSource source = open();
        Replica replica = engine.replica(object)) {
      if (cpu != null) {
        pin(cpu);
      }
      boolean dropped = engine != ReplicaEngine.KERNEL; // which asks for them frame by frame
      if (dropped) {
        Privileges.dropAll();
      }
      LiveWorker worker =
          new LiveWorker(
              replica,
              id == null ? LiveWorker.ANY : id,
              longest,
              packets == null ? Long.MAX_VALUE : packets,
              file,
              ways);
      output.progress(
          "listening on %s by %s: %s, engine %s, %s%s%s",
          interfaceName,
          word(io),
          program.programName(),
          Options.lower(engine),
          id == null ? "frames of all workers" : "frames of worker " + id,
          forwarding.any() ? ", " + forwarding.words() : "",
          dropped ? "; privileges dropped" : "");
      String ended = receive(interrupt, source, worker, ways);
      return new Done(
          worker.counts(),
          ways.counts(),
          source.dropped(),
          worker.state(),
          (System.nanoTime() - startedNs) / 1e9,
          ended);
    }
  }

  private void print(Done done) {
    WorkerReport report =
        WorkerReport.of(
            new WorkerReport.Setting(
                program.programName(), interfaceName, word(io), Options.lower(engine), id),
            done.counts(),
            done.sent(),
            done.dropped(),
            done.state().size(),
            done.seconds(),
            done.ended());
    output.result(report, text -> report.print(text, done.counts(), forwarding.words()));
    if (done.ended() != null) {
      output.warn("%s", done.ended());
    }
  }

  /** Until it is to end; answers why it has to, if it is not as wanted. */
  private @Nullable String receive(
      Interrupt interrupt, FrameSource source, LiveWorker worker, Forwarding ways) {
    startedNs = System.nanoTime();
    long nextLineNs = startedNs + interval.toNanos();
    long waitNs = Math.min(WAIT_NS, interval.toNanos());
    try {
      while (!interrupt.getAsBoolean() && !worker.isDone() && !timeIsUp()) {
        source.receive(waitNs, worker);
        ways.flush();
        if (System.nanoTime() - nextLineNs >= 0) {
          nextLineNs += interval.toNanos();
          LiveCounts counts = worker.counts();
          output.progress(
              "%s%s",
              WorkerReport.line(counts, shown),
              forwarding.any() ? "; " + WorkerReport.line(ways.counts()) : "");
          shown = counts;
        }
      }
      return null;
    } catch (SystemCallException e) {
      return String.valueOf(e.getMessage()); // an interface has gone: what was done stays done
    }
  }

  private boolean timeIsUp() {
    return seconds != null && System.nanoTime() - startedNs >= seconds.toNanos();
  }

  private void requirePrivileges() {
    boolean inKernel = io == Io.AF_XDP || engine == ReplicaEngine.KERNEL;
    Optional<String> lacks =
        inKernel
            ? Privileges.lacks(Capability.NET_RAW, Capability.NET_ADMIN, Capability.BPF)
            : Privileges.lacks(Capability.NET_RAW);
    if (lacks.isPresent()) {
      throw CommandFailure.environment(
          "--io %s, --engine %s: %s".formatted(word(io), Options.lower(engine), lacks.get()));
    }
  }

  /** The longest frame that the engine takes; found out before anything starts. */
  private int longest(ProgramObject object) {
    NetworkLink link = ForwardingOptions.link("-i", interfaceName);
    if (!link.running()) {
      output.warn("%s is down or has no carrier: no frame comes until that changes", interfaceName);
    }
    forwarding.check(link, output);
    if (engine != ReplicaEngine.KERNEL) {
      return Integer.MAX_VALUE;
    }
    engine.check(object, Math.min(LONGEST_IN_KERNEL, link.mtu() + ETHERNET_BYTES));
    return LONGEST_IN_KERNEL;
  }

  private FrameSource open() {
    try {
      return switch (io) {
        case AF_PACKET ->
            PacketFrames.open(
                interfaceName, forwarding.any() ? HELD_BACK_FORWARDING_MS : HELD_BACK_MS);
        case AF_XDP -> XdpFrames.open(interfaceName, queue == null ? 0 : queue);
      };
    } catch (SystemCallException e) {
      String remedy =
          io == Io.AF_XDP
                  && (e.errno() == Errno.EOPNOTSUPP
                      || e.errno() == Errno.EINVAL
                      || e.errno() == Errno.EBUSY)
              ? "; AF_XDP needs a driver that knows XDP, a queue that exists, and no other XDP program; --io"
                  + " af_packet works everywhere"
              : "";
      throw CommandFailure.environment(
          "-i %s: %s%s".formatted(interfaceName, e.getMessage(), remedy));
    }
  }

  /** For good: the thread ends with the worker. */
  private static void pin(int cpu) {
    try {
      var _ = Cpus.pin(cpu);
    } catch (SystemCallException | IllegalArgumentException e) {
      throw CommandFailure.badInput(
          "--cpu: expected one of %s; found %d".formatted(Cpus.usable(), cpu));
    }
  }

  private static String word(Io io) {
    return Options.lower(io).replace('-', '_');
  }
}
