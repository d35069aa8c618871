package dev.scr.controlplane.sequencer;

import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SwitchRefused;
import dev.scr.p4runtime.BadPipeline;
import dev.scr.p4runtime.PipelineCookie;
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
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.p4.v1.ForwardingPipelineConfig;

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
  private final RemoteSequencer sequencer;

  /** A controller that works through this session. */
  public SequencerController(P4RuntimeSession session) {
    this.session = session;
    this.sequencer = new RemoteSequencer(session);
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
    Optional<ForwardingPipelineConfig> present = sequencer.pipeline();
    if (present.isEmpty()) {
      sequencer.commit(checked);
      return PushOutcome.PUSHED;
    }
    Optional<PipelineCookie> cookie = RemoteSequencer.cookieOf(present.get());
    if (cookie.filter(checked.cookie()::equals).isPresent()) {
      sequencer.use(checked);
      return PushOutcome.UNCHANGED;
    }
    if (!replace) {
      throw new SwitchRefused(
          sequencer.where()
              + ": push pipeline: expected "
              + pipeline.program()
              + " with cookie "
              + checked.cookie()
              + " or no pipeline; found "
              + RemoteSequencer.described(present.get())
              + "; say that it may be replaced",
          Status.Code.ALREADY_EXISTS);
    }
    replace(sequencer.stateOf(present.get()), checked);
    return PushOutcome.REPLACED;
  }

  /**
   * Settings and ports are carried over by us and not by RECONCILE_AND_COMMIT: BMv2 replays
   * counters as insertions, so it fails for every program that has one, and then refuses all
   * pipelines until it is restarted.
   */
  private void replace(PresentState present, CheckedPipeline pipeline) {
    sequencer.commit(pipeline);
    if (present instanceof PresentState.Sequencer old) {
      setPorts(old.ports());
      SequencerSettings before = old.settings();
      if (before.epoch() != 0) {
        SequencerSettings kept = before.next(before.depth(), before.workers());
        boolean sameProgram = old.program().equals(pipeline.info().program());
        boolean fits = sameProgram && limits().allows(kept);
        configure(before, fits ? kept : before.next(0, 0));
      }
    }
  }

  /** What the switch runs now, whatever it is and whoever has made it so. */
  public PresentState present() {
    return sequencer.present();
  }

  /**
   * Refuses to replace what was not put there for this purpose.
   *
   * @throws SwitchRefused if it is a pipeline that is no sequencer
   */
  public void requireReplaceable(PresentState present) {
    if (present instanceof PresentState.Foreign(String program)) {
      throw new SwitchRefused(
          sequencer.where()
              + ": expected a sequencer's pipeline or none; found "
              + RemoteSequencer.described(program)
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
      sequencer.make(step);
      step.forEach(done);
    }
  }

  /** The name of the program that the switch runs, a sequencer or not; empty without a pipeline. */
  public Optional<String> program() {
    return sequencer.pipeline().map(RemoteSequencer::nameOf);
  }

  /** What identifies the pipeline that the switch runs; empty if it was pushed without a cookie. */
  public Optional<PipelineCookie> cookie() {
    return session.cookie();
  }

  /** Has the switch look at a pipeline without taking it. */
  public void verifyPipeline(SequencerPipeline pipeline) {
    sequencer.verify(CheckedPipeline.of(pipeline));
  }

  /** What the sequencer was last told; epoch 0 if nothing yet. */
  public SequencerSettings settings() {
    return sequencer.settings();
  }

  /** What the switch's pipeline was compiled for. */
  public SequencerLimits limits() {
    return SequencerLimits.of(sequencer.info());
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
    SequencerSettings wanted = BadSettings.unless(() -> edit.apply(configured));
    if (wanted.equals(now)) {
      return now;
    }
    limits().check(wanted, true); // depth and workers are as they were
    SequencerSettings next =
        now.epoch() == 0 ? wanted : wanted.next(wanted.depth(), wanted.workers());
    configure(now, next);
    return next;
  }

  private void configure(SequencerSettings before, SequencerSettings after) {
    sequencer.make(List.of(new Change.Configure(before, after)));
  }

  /** Ports for new workers come before the settings that use them; ports of old ones go after. */
  private SequencerSettings change(SequencerSettings now, int depth, int workers, boolean force) {
    SequencerSettings next =
        BadSettings.unless(() ->
            now.epoch() == 0 ? SequencerSettings.first(depth, workers) : now.next(depth, workers));
    limits().check(next, force);
    List<WorkerPort> ports = ports();
    addPortsUpTo(workers, ports);
    if (now.epoch() != 0 && now.depth() == depth && now.workers() == workers) {
      return now;
    }
    configure(now, next);
    if (now.isDeepEnough()) {
      removePortsFrom(workers, ports);
    } // else the sequencer may go on with the old workers until its depth has changed
    return next;
  }

  private void addPortsUpTo(int workers, List<WorkerPort> present) {
    List<Integer> mapped = present.stream().map(WorkerPort::worker).toList();
    sequencer.make(
        IntStream.range(0, workers)
            .filter(worker -> !mapped.contains(worker))
            .mapToObj(worker -> new Change.AddPort(WorkerPort.defaultOf(worker)))
            .toList());
  }

  private void removePortsFrom(int workers, List<WorkerPort> present) {
    sequencer.make(
        present.stream()
            .filter(port -> port.worker() >= workers)
            .map(Change.RemovePort::new)
            .toList());
  }

  /** Where the workers are, by number; also those that are not in use. */
  public List<WorkerPort> ports() {
    return sequencer.ports();
  }

  /** Says where a worker is, whether or not it had a port before. */
  public void setPort(WorkerPort port) {
    setPorts(List.of(port));
  }

  private void setPorts(List<WorkerPort> wanted) {
    Map<Integer, WorkerPort> present =
        ports().stream().collect(Collectors.toMap(WorkerPort::worker, Function.identity()));
    List<Change> changes = new ArrayList<>();
    for (WorkerPort port : wanted) {
      WorkerPort before = present.get(port.worker());
      if (before == null) {
        changes.add(new Change.AddPort(port));
      } else if (!port.equals(before)) {
        changes.add(new Change.MovePort(before, port));
      }
    }
    sequencer.make(changes);
  }

  /**
   * Has the sequencer number the control frames of a command, in this order, and waits until it has
   * sequenced as many packets.
   *
   * @throws SwitchRefused if it does not: without workers, or without the CPU port
   */
  public void command(List<byte[]> frames) throws InterruptedException {
    SequencerCounters before = counters();
    frames.forEach(sequencer::packetOut);
    long deadline = System.nanoTime() + COMMAND_LIMIT_NS;
    while (counters().sequenced() - before.sequenced() < frames.size()) {
      if (System.nanoTime() > deadline) {
        throw notNumbered(frames.size(), before, counters());
      }
      Thread.sleep(COMMAND_POLL_MS);
    }
  }

  private SwitchRefused notNumbered(int frames, SequencerCounters before, SequencerCounters after) {
    return new SwitchRefused(
        "%s: command: expected the sequencer to number %d control frames; found %d numbered, %d dropped"
                .formatted(
                    sequencer.where(),
                    frames,
                    after.sequenced() - before.sequenced(),
                    after.dropped() - before.dropped())
            + "; it needs workers, and --cpu-port "
            + ControlFrame.CPU_PORT,
        Status.Code.FAILED_PRECONDITION);
  }

  /** What the sequencer has done. */
  public SequencerCounters counters() {
    return sequencer.counters();
  }

  /** Everything but the counters. */
  public SequencerStatus status() {
    return new SequencerStatus(
        session.apiVersion(),
        session.primacy(),
        sequencer.info().program(),
        session.cookie(),
        limits(),
        settings(),
        ports());
  }
}
