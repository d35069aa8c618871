package dev.scr.controlplane.sequencer;

import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The way from what a switch is to what it is to be. Made without touching the switch.
 *
 * @param steps changes that one write makes, in the order of the writes: the pipeline; the ports of
 *     workers, before the settings that use them; the settings; the ports that nobody uses any more
 * @param left ports that nobody needs and that stay for now: a sequencer whose depth was too small
 *     may go on with the old workers until its depth has changed, and only then may they go
 */
public record Plan(List<List<Change>> steps, List<WorkerPort> left) {
  public Plan {
    steps = steps.stream().filter(step -> !step.isEmpty()).map(List::copyOf).toList();
    left = List.copyOf(left);
  }

  /**
   * Compares.
   *
   * @param force whether workers may miss packets, for want of history
   * @throws BadSettings if no switch can be so, or should be
   */
  public static Plan between(PresentState now, DesiredState wanted, boolean force) {
    CheckedPipeline pipeline = CheckedPipeline.of(wanted.program());
    if (wanted.settings().epoch() != 0) {
      SequencerLimits.of(pipeline.info()).check(wanted.settings(), force);
    }
    return switch (now) {
      case PresentState.Sequencer present
          when present.cookie().filter(pipeline.cookie()::equals).isPresent() ->
          of(List.of(), present.settings(), present.ports(), wanted);
      case PresentState.Sequencer present ->
          // the ports and settings of the old pipeline go with it; the epoch goes on
          of(pushed(now, wanted), epochOnly(present.settings()), List.of(), wanted);
      case PresentState.Foreign _, PresentState.Empty _ ->
          of(pushed(now, wanted), SequencerSettings.UNCONFIGURED, List.of(), wanted);
    };
  }

  private static List<Change> pushed(PresentState now, DesiredState wanted) {
    return List.of(new Change.Pipeline(now.programName(), wanted.program()));
  }

  private static SequencerSettings epochOnly(SequencerSettings settings) {
    return new SequencerSettings(settings.epoch(), 0, 0, 0, 0);
  }

  private static Plan of(
      List<Change> pipeline,
      SequencerSettings settings,
      List<WorkerPort> ports,
      DesiredState wanted) {
    Map<Integer, WorkerPort> present = byWorker(ports);
    List<Change> used = new ArrayList<>();
    for (WorkerPort port : wanted.ports()) {
      WorkerPort before = present.get(port.worker());
      if (before == null) {
        used.add(new Change.AddPort(port));
      } else if (!before.equals(port)) {
        used.add(new Change.MovePort(before, port));
      }
    }
    Map<Integer, WorkerPort> needed = byWorker(wanted.ports());
    List<WorkerPort> unused =
        ports.stream().filter(port -> !needed.containsKey(port.worker())).toList();
    boolean mayGo = settings.isDeepEnough();
    List<Change> removed = new ArrayList<>();
    if (mayGo) {
      unused.forEach(port -> removed.add(new Change.RemovePort(port)));
    }
    return new Plan(
        List.of(pipeline, used, configured(settings, wanted.settings()), removed),
        mayGo ? List.of() : unused);
  }

  private static List<Change> configured(SequencerSettings now, SequencerSettings wanted) {
    if (wanted.epoch() == 0 || (now.epoch() != 0 && withEpoch(wanted, now.epoch()).equals(now))) {
      return List.of();
    }
    int epoch = now.epoch() == 0 ? wanted.epoch() : now.next(0, 0).epoch();
    return List.of(new Change.Configure(now, withEpoch(wanted, epoch)));
  }

  private static SequencerSettings withEpoch(SequencerSettings settings, int epoch) {
    return new SequencerSettings(
        epoch, settings.depth(), settings.workers(), settings.maxFrameBytes(), settings.passPort());
  }

  private static Map<Integer, WorkerPort> byWorker(List<WorkerPort> ports) {
    return ports.stream().collect(Collectors.toMap(WorkerPort::worker, Function.identity()));
  }

  /** All changes, in order. */
  public List<Change> changes() {
    return steps.stream().flatMap(List::stream).toList();
  }

  /** Whether the switch is as it should be. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /**
   * Whether this plan has been carried out, given what another look finds to do: nothing, or what
   * it left.
   */
  public boolean isDoneBy(Plan again) {
    return again.changes().stream()
        .allMatch(
            change -> change instanceof Change.RemovePort(WorkerPort port) && left.contains(port));
  }

  /** Whether the sequencer goes on with its history and its numbers. */
  public boolean hitless() {
    return changes().stream().allMatch(Change::hitless);
  }
}
