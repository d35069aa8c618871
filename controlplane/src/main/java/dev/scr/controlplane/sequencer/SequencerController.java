package dev.scr.controlplane.sequencer;

import com.google.protobuf.ByteString;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SwitchRefused;
import dev.scr.p4runtime.BadPipeline;
import dev.scr.p4runtime.Bmv2Config;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.p4runtime.UnknownName;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.ControlFrame;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.GetForwardingPipelineConfigRequest.ResponseType;
import org.p4.v1.SetForwardingPipelineConfigRequest.Action;
import org.p4.v1.Update;

/**
 * Controls the sequencer of one switch through a session, which it does not close. For one thread
 * at a time.
 *
 * <p>Each change of the settings is one write with the next epoch, which the sequencer takes
 * between two packets. What is set already is not written again. Every method throws a {@link
 * dev.scr.controlplane.session.SwitchFailure} where the switch does not play along, and the
 * changing ones {@link BadSettings} for what cannot or should not be.
 */
public final class SequencerController {
  private static final long COMMAND_LIMIT_NS = 2_000_000_000L;
  private static final long COMMAND_POLL_MS = 20;

  private final P4RuntimeSession session;
  private @Nullable SequencerTables known;

  /** A controller that works through this session. */
  public SequencerController(P4RuntimeSession session) {
    this.session = session;
  }

  /**
   * Checks a pipeline without a switch: that JSON and P4Info are well-formed, of one program, and a
   * sequencer's.
   *
   * @return its P4Info
   * @throws BadPipeline if not
   */
  public static P4InfoIndex check(SequencerPipeline pipeline) {
    P4InfoIndex info =
        P4InfoIndex.parse(pipeline.p4infoText(), pipeline.program() + ".p4info.txtpb");
    Bmv2Config.check(pipeline.program() + ".json", pipeline.deviceConfig(), info);
    if (!info.program().equals(pipeline.program())) {
      throw new BadPipeline(
          info.source()
              + ": pkg_info.name: expected "
              + pipeline.program()
              + "; found "
              + info.program());
    }
    try {
      new SequencerTables(info).require();
    } catch (UnknownName e) {
      throw new BadPipeline("expected a sequencer; " + e.getMessage());
    }
    return info;
  }

  /**
   * Gives the switch a pipeline, unless it has this very one.
   *
   * <p>A pipeline of the same program is exchanged for the new one with settings and ports kept; of
   * another program, only the ports are kept and the number of workers is 0. The history is lost in
   * both cases, and the epoch goes on, so that workers notice.
   *
   * @param replace whether a different pipeline may be replaced
   * @throws BadPipeline if the switch should not get it
   * @throws SwitchRefused also if the switch has a different one that may not be replaced
   */
  public PushOutcome pushPipeline(SequencerPipeline pipeline, boolean replace) {
    CheckedPipeline checked = CheckedPipeline.of(pipeline);
    P4InfoIndex info = checked.info();
    ByteString config = checked.config();
    PipelineCookie cookie = checked.cookie();
    Optional<ForwardingPipelineConfig> present = session.pipeline(ResponseType.P4INFO_AND_COOKIE);
    if (present.isEmpty()) {
      commit(info, config);
      return PushOutcome.PUSHED;
    }
    if (present.get().hasCookie() && present.get().getCookie().getCookie() == cookie.value()) {
      use(info);
      return PushOutcome.UNCHANGED;
    }
    if (!replace) {
      throw new SwitchRefused(
          where()
              + ": push pipeline: expected "
              + pipeline.program()
              + " with cookie "
              + cookie
              + " or no pipeline; found "
              + name(present.get())
              + "; say that it may be replaced",
          Status.Code.ALREADY_EXISTS);
    }
    replace(present.get(), info, config);
    return PushOutcome.REPLACED;
  }

  /**
   * Settings and ports are carried over by us and not by RECONCILE_AND_COMMIT: BMv2 replays
   * counters as insertions, so it fails for every program that has one, and then refuses all
   * pipelines until it is restarted.
   */
  private void replace(ForwardingPipelineConfig present, P4InfoIndex info, ByteString config) {
    Carried old = carried(present);
    commit(info, config);
    setPorts(old.ports());
    if (old.settings().epoch() != 0) {
      SequencerSettings kept =
          old.settings().next(old.settings().depth(), old.settings().workers());
      boolean sameProgram = present.getP4Info().getPkgInfo().getName().equals(info.program());
      boolean fits = sameProgram && limits().allows(kept);
      session.write(
          info, List.of(tables().settingsUpdate(fits ? kept : old.settings().next(0, 0))));
    }
  }

  private record Carried(SequencerSettings settings, List<WorkerPort> ports) {}

  /** Nothing, if the present pipeline is no sequencer, or one that BMv2 took and could not load. */
  private Carried carried(ForwardingPipelineConfig present) {
    Optional<SequencerTables> old = sequencer(present);
    if (old.isPresent()) {
      try {
        return new Carried(
            old.get().settings(session.read(List.of(old.get().settingsQuery()))),
            old.get().ports(session.read(List.of(old.get().portsQuery()))));
      } catch (SwitchRefused _) {
        // it is about to be replaced anyway
      }
    }
    return new Carried(SequencerSettings.UNCONFIGURED, List.of());
  }

  private void commit(P4InfoIndex info, ByteString config) {
    session.setPipeline(Action.VERIFY_AND_COMMIT, info, config);
    use(info);
  }

  /**
   * BMv2 says OK to a pipeline that it then cannot load, and only what comes after it fails. So we
   * look.
   */
  private void use(P4InfoIndex info) {
    known = new SequencerTables(info);
    try {
      var _ = settings();
    } catch (SwitchRefused e) {
      throw new SwitchRefused(
          where()
              + ": push pipeline: expected to read the settings of "
              + info.program()
              + " once the switch had taken it; found "
              + e.code()
              + "; its log says why it could not load it",
          e.code());
    }
  }

  /** What the switch runs now, whatever it is and whoever has made it so. */
  public PresentState present() {
    Optional<ForwardingPipelineConfig> present = session.pipeline(ResponseType.P4INFO_AND_COOKIE);
    if (present.isEmpty()) {
      known = null;
      return new PresentState.Empty();
    }
    String name = present.get().getP4Info().getPkgInfo().getName();
    known = sequencer(present.get()).orElse(null);
    if (known == null) {
      return new PresentState.Foreign(name);
    }
    Optional<PipelineCookie> cookie =
        present.get().hasCookie()
            ? Optional.of(new PipelineCookie(present.get().getCookie().getCookie()))
            : Optional.empty();
    try {
      return new PresentState.Sequencer(name, cookie, settings(), ports());
    } catch (SwitchRefused _) {
      return new PresentState.Foreign(name); // BMv2 took it and could not load it
    }
  }

  /**
   * Refuses to replace what was not put there for this purpose.
   *
   * @throws SwitchRefused if it is a pipeline that is no sequencer
   */
  public void requireReplaceable(PresentState present) {
    if (present instanceof PresentState.Foreign(String program)) {
      throw new SwitchRefused(
          where()
              + ": expected a sequencer's pipeline or none; found "
              + (program.isEmpty() ? "a program without a name" : program)
              + ", which is no sequencer or could not be loaded; say that it may be replaced (--replace)",
          Status.Code.ALREADY_EXISTS);
    }
  }

  /**
   * Makes the changes of a plan, step by step, and nothing of it again that is done.
   *
   * @param done is told each change once it is made
   */
  public void apply(Plan plan, Consumer<Change> done) {
    for (List<Change> step : plan.steps()) {
      List<Update> updates = new ArrayList<>();
      for (Change change : step) {
        switch (change) {
          case Change.Pipeline(_, PacketProgram program) -> {
            CheckedPipeline pipeline = CheckedPipeline.of(program);
            commit(pipeline.info(), pipeline.config());
          }
          case Change.AddPort(WorkerPort port) ->
              updates.add(tables().portUpdate(Update.Type.INSERT, port));
          case Change.MovePort(_, WorkerPort port) ->
              updates.add(tables().portUpdate(Update.Type.MODIFY, port));
          case Change.Configure(_, SequencerSettings settings) ->
              updates.add(tables().settingsUpdate(settings));
          case Change.RemovePort(WorkerPort port) ->
              updates.add(tables().portUpdate(Update.Type.DELETE, port));
        }
      }
      session.write(tables().info(), updates);
      step.forEach(done);
    }
  }

  /** The name of the program that the switch runs, a sequencer or not; empty without a pipeline. */
  public Optional<String> program() {
    return session
        .pipeline(ResponseType.P4INFO_AND_COOKIE)
        .map(config -> config.getP4Info().getPkgInfo().getName());
  }

  /** What identifies the pipeline that the switch runs; empty if it was pushed without a cookie. */
  public Optional<PipelineCookie> cookie() {
    return session.cookie();
  }

  /** Has the switch look at a pipeline without taking it. */
  public void verifyPipeline(SequencerPipeline pipeline) {
    P4InfoIndex info = check(pipeline);
    session.setPipeline(Action.VERIFY, info, ByteString.copyFrom(pipeline.deviceConfig()));
  }

  /** What the sequencer was last told; epoch 0 if nothing yet. */
  public SequencerSettings settings() {
    return tables().settings(session.read(List.of(tables().settingsQuery())));
  }

  /** What the switch's pipeline was compiled for. */
  public SequencerLimits limits() {
    return SequencerLimits.of(tables().info());
  }

  /**
   * Sets how many earlier packets a frame carries.
   *
   * @param force whether it may be too few for the number of workers
   * @return the settings from now on
   */
  public SequencerSettings setDepth(int depth, boolean force) {
    SequencerSettings now = settings();
    return change(now, depth, now.workers(), force);
  }

  /**
   * Sets how many workers share the packets; those that have no port yet get the default one.
   *
   * @param force whether it may be too many for the depth
   * @return the settings from now on
   */
  public SequencerSettings setWorkers(int workers, boolean force) {
    SequencerSettings now = settings();
    return change(now, now.depth(), workers, force);
  }

  /** Sets both in one step; as {@link #setDepth} and {@link #setWorkers}. */
  public SequencerSettings setDepthAndWorkers(int depth, int workers, boolean force) {
    return change(settings(), depth, workers, force);
  }

  /**
   * Sets the longest frame in bytes that a worker's port can carry; what would be longer is
   * dropped.
   */
  public SequencerSettings setMaxFrameBytes(int bytes) {
    return edit(now ->
        new SequencerSettings(now.epoch(), now.depth(), now.workers(), bytes, now.passPort()));
  }

  /** Sets the port for packets that the program does not look at; 0 drops them. */
  public SequencerSettings setPassPort(int port) {
    return edit(now ->
        new SequencerSettings(now.epoch(), now.depth(), now.workers(), now.maxFrameBytes(), port));
  }

  private SequencerSettings edit(UnaryOperator<SequencerSettings> edit) {
    SequencerSettings now = settings();
    SequencerSettings configured = now.epoch() == 0 ? SequencerSettings.first(0, 0) : now;
    SequencerSettings wanted = checked(() -> edit.apply(configured));
    if (wanted.equals(now)) {
      return now;
    }
    limits().check(wanted, true); // depth and workers are as they were
    SequencerSettings next =
        now.epoch() == 0 ? wanted : wanted.next(wanted.depth(), wanted.workers());
    session.write(tables().info(), List.of(tables().settingsUpdate(next)));
    return next;
  }

  /** Ports for new workers come before the settings that use them; ports of old ones go after. */
  private SequencerSettings change(SequencerSettings now, int depth, int workers, boolean force) {
    SequencerSettings next =
        checked(() ->
            now.epoch() == 0 ? SequencerSettings.first(depth, workers) : now.next(depth, workers));
    limits().check(next, force);
    List<WorkerPort> ports = ports();
    List<Integer> mapped = ports.stream().map(WorkerPort::worker).toList();
    List<Update> missing =
        IntStream.range(0, workers)
            .filter(worker -> !mapped.contains(worker))
            .mapToObj(WorkerPort::defaultOf)
            .map(port -> tables().portUpdate(Update.Type.INSERT, port))
            .toList();
    session.write(tables().info(), missing);
    if (now.epoch() != 0 && now.depth() == depth && now.workers() == workers) {
      return now;
    }
    session.write(tables().info(), List.of(tables().settingsUpdate(next)));
    if (now.isDeepEnough()) {
      removePortsFrom(workers, ports);
    } // else the sequencer may go on with the old workers until its depth has changed
    return next;
  }

  private void removePortsFrom(int workers, List<WorkerPort> ports) {
    session.write(
        tables().info(),
        ports.stream()
            .filter(port -> port.worker() >= workers)
            .map(port -> tables().portUpdate(Update.Type.DELETE, port))
            .toList());
  }

  /** Where the workers are, by number; also those that are not in use. */
  public List<WorkerPort> ports() {
    return tables().ports(session.read(List.of(tables().portsQuery())));
  }

  /** Says where a worker is, whether or not it had a port before. */
  public void setPort(WorkerPort port) {
    setPorts(List.of(port));
  }

  private void setPorts(List<WorkerPort> wanted) {
    Map<Integer, WorkerPort> present =
        ports().stream().collect(Collectors.toMap(WorkerPort::worker, Function.identity()));
    List<Update> updates = new ArrayList<>();
    for (WorkerPort port : wanted) {
      WorkerPort before = present.get(port.worker());
      if (!port.equals(before)) {
        Update.Type type = before == null ? Update.Type.INSERT : Update.Type.MODIFY;
        updates.add(tables().portUpdate(type, port));
      }
    }
    session.write(tables().info(), updates);
  }

  /**
   * Has the sequencer number the control frames of a command, in this order, and waits until it has
   * sequenced as many packets.
   *
   * @throws SwitchRefused if it does not: without workers, or without the CPU port
   */
  public void command(List<byte[]> frames) throws InterruptedException {
    SequencerCounters before = counters();
    frames.forEach(frame -> session.packetOut(ByteString.copyFrom(frame)));
    long deadline = System.nanoTime() + COMMAND_LIMIT_NS;
    while (counters().sequenced() - before.sequenced() < frames.size()) {
      if (System.nanoTime() > deadline) {
        SequencerCounters after = counters();
        throw new SwitchRefused(
            "%s: command: expected the sequencer to number %d control frames; found %d numbered, %d dropped"
                    .formatted(
                        where(),
                        frames.size(),
                        after.sequenced() - before.sequenced(),
                        after.droppedMalformed()
                            + after.droppedUnmapped()
                            + after.droppedOversized()
                            - before.droppedMalformed()
                            - before.droppedUnmapped()
                            - before.droppedOversized())
                + "; it needs workers, and --cpu-port "
                + ControlFrame.CPU_PORT,
            Status.Code.FAILED_PRECONDITION);
      }
      Thread.sleep(COMMAND_POLL_MS);
    }
  }

  /** What the sequencer has done. */
  public SequencerCounters counters() {
    return tables().counters(session.read(tables().countersQuery()));
  }

  /** Everything but the counters. */
  public SequencerStatus status() {
    return new SequencerStatus(
        session.apiVersion(),
        session.primacy(),
        tables().info().program(),
        session.cookie(),
        limits(),
        settings(),
        ports());
  }

  /** The tables of the pipeline that the switch has. */
  private SequencerTables tables() {
    if (known == null) {
      ForwardingPipelineConfig present =
          session
              .pipeline(ResponseType.P4INFO_AND_COOKIE)
              .orElseThrow(() ->
                  new SwitchRefused(
                      where() + ": expected a sequencer's pipeline; found none; push one first",
                      Status.Code.FAILED_PRECONDITION));
      known =
          sequencer(present)
              .orElseThrow(() ->
                  new SwitchRefused(
                      where() + ": expected a sequencer's pipeline; found " + name(present),
                      Status.Code.FAILED_PRECONDITION));
    }
    return known;
  }

  private Optional<SequencerTables> sequencer(ForwardingPipelineConfig present) {
    try {
      SequencerTables tables = new SequencerTables(P4InfoIndex.of(present.getP4Info(), where()));
      tables.require();
      return Optional.of(tables);
    } catch (UnknownName | BadPipeline _) {
      return Optional.empty();
    }
  }

  /** The records know what their fields may hold; out of it is the caller's mistake. */
  static SequencerSettings checked(Supplier<SequencerSettings> settings) {
    try {
      return settings.get();
    } catch (IllegalArgumentException e) {
      throw new BadSettings(String.valueOf(e.getMessage()));
    }
  }

  private String where() {
    return session.options().target().toString();
  }

  private static String name(ForwardingPipelineConfig config) {
    String program = config.getP4Info().getPkgInfo().getName();
    String cookie =
        config.hasCookie()
            ? "cookie " + new PipelineCookie(config.getCookie().getCookie())
            : "no cookie";
    return (program.isEmpty() ? "a program without a name" : program) + " with " + cookie;
  }
}
