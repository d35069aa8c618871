package dev.scr.controlplane.sequencer;

import com.google.protobuf.ByteString;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SwitchRefused;
import dev.scr.p4runtime.BadPipeline;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.p4runtime.UnknownName;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.GetForwardingPipelineConfigRequest.ResponseType;
import org.p4.v1.SetForwardingPipelineConfigRequest.Action;
import org.p4.v1.Update;

/**
 * The sequencer on the other side of a session: reads what it is, and writes what it is told, one
 * request at a time. It decides nothing; {@link SequencerController} does. For one thread at a
 * time.
 */
final class RemoteSequencer {
  private final P4RuntimeSession session;

  /** The tables of the pipeline that the switch has; null until somebody needs them. */
  private @Nullable SequencerTables known;

  RemoteSequencer(P4RuntimeSession session) {
    this.session = session;
  }

  /** The pipeline of the switch, without what only the switch understands of it. */
  Optional<ForwardingPipelineConfig> pipeline() {
    return session.pipeline(ResponseType.P4INFO_AND_COOKIE);
  }

  /** What the switch runs now. */
  PresentState present() {
    Optional<ForwardingPipelineConfig> pipeline = pipeline();
    known = pipeline.flatMap(this::tablesOf).orElse(null);
    return pipeline.map(this::stateOf).orElseGet(PresentState.Empty::new);
  }

  /** What a switch with this pipeline is now; a sequencer's settings and ports are read. */
  PresentState stateOf(ForwardingPipelineConfig pipeline) {
    String name = nameOf(pipeline);
    Optional<SequencerTables> tables = tablesOf(pipeline);
    if (tables.isEmpty()) {
      return new PresentState.Foreign(name);
    }
    try {
      return new PresentState.Sequencer(
          name, cookieOf(pipeline), settings(tables.get()), ports(tables.get()));
    } catch (SwitchRefused _) {
      return new PresentState.Foreign(name); // BMv2 took it and could not load it
    }
  }

  /** The name of a pipeline's program, perhaps empty. */
  static String nameOf(ForwardingPipelineConfig pipeline) {
    return pipeline.getP4Info().getPkgInfo().getName();
  }

  /** What identifies a pipeline, if it was pushed with a cookie. */
  static Optional<PipelineCookie> cookieOf(ForwardingPipelineConfig pipeline) {
    return pipeline.hasCookie()
        ? Optional.of(new PipelineCookie(pipeline.getCookie().getCookie()))
        : Optional.empty();
  }

  /** Has the switch look at a pipeline without taking it. */
  void verify(CheckedPipeline pipeline) {
    session.setPipeline(Action.VERIFY, pipeline.info(), pipeline.config());
  }

  /** Gives the switch a pipeline, whatever it had. */
  void commit(CheckedPipeline pipeline) {
    session.setPipeline(Action.VERIFY_AND_COMMIT, pipeline.info(), pipeline.config());
    use(pipeline);
  }

  /**
   * Goes on with a pipeline that the switch says it has. BMv2 says OK to a pipeline that it then
   * cannot load, and only what comes after it fails. So we look.
   */
  void use(CheckedPipeline pipeline) {
    known = new SequencerTables(pipeline.info());
    try {
      var _ = settings();
    } catch (SwitchRefused e) {
      throw new SwitchRefused(
          where()
              + ": push pipeline: expected to read the settings of "
              + pipeline.info().program()
              + " once the switch had taken it; found "
              + e.code()
              + "; its log says why it could not load it",
          e.code());
    }
  }

  /** What the sequencer was last told. */
  SequencerSettings settings() {
    return settings(tables());
  }

  private SequencerSettings settings(SequencerTables tables) {
    return tables.settings(session.read(List.of(tables.settingsQuery())));
  }

  /** Where the workers are, by number. */
  List<WorkerPort> ports() {
    return ports(tables());
  }

  private List<WorkerPort> ports(SequencerTables tables) {
    return tables.ports(session.read(List.of(tables.portsQuery())));
  }

  SequencerCounters counters() {
    return tables().counters(session.read(tables().countersQuery()));
  }

  /** The P4 program that the switch runs. */
  P4InfoIndex info() {
    return tables().info();
  }

  /** Makes changes in one write, in this order; a pipeline goes before it. */
  void make(List<? extends Change> changes) {
    List<Update> updates = new ArrayList<>();
    for (Change change : changes) {
      switch (change) {
        case Change.Pipeline(_, var program) -> commit(CheckedPipeline.of(program));
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
    session.write(info(), updates);
  }

  /** Sends a frame in through the CPU port. */
  void packetOut(byte[] frame) {
    session.packetOut(ByteString.copyFrom(frame));
  }

  private SequencerTables tables() {
    if (known == null) {
      ForwardingPipelineConfig pipeline =
          pipeline().orElseThrow(() -> noSequencer("none; push one first"));
      known = tablesOf(pipeline).orElseThrow(() -> noSequencer(described(pipeline)));
    }
    return known;
  }

  private SwitchRefused noSequencer(String found) {
    return new SwitchRefused(
        where() + ": expected a sequencer's pipeline; found " + found,
        Status.Code.FAILED_PRECONDITION);
  }

  /** Empty if the pipeline is no sequencer's. */
  private Optional<SequencerTables> tablesOf(ForwardingPipelineConfig pipeline) {
    try {
      SequencerTables tables = new SequencerTables(P4InfoIndex.of(pipeline.getP4Info(), where()));
      tables.require();
      return Optional.of(tables);
    } catch (UnknownName | BadPipeline _) {
      return Optional.empty();
    }
  }

  /** Where the switch is, for messages. */
  String where() {
    return session.options().target().toString();
  }

  /** A pipeline, for messages. */
  static String described(ForwardingPipelineConfig pipeline) {
    return described(nameOf(pipeline))
        + " with "
        + cookieOf(pipeline).map(cookie -> "cookie " + cookie).orElse("no cookie");
  }

  /** A program's name, for messages. */
  static String described(String program) {
    return program.isEmpty() ? "a program without a name" : program;
  }
}
