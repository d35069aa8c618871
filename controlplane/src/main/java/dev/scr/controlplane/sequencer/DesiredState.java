package dev.scr.controlplane.sequencer;

import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a switch is to be, whole: nothing of it depends on what the switch is now.
 *
 * @param program the packet program whose sequencer it runs
 * @param settings of the sequencer; their epoch is for one that has none yet, whose epoch goes on
 *     from its own otherwise; 0 leaves the sequencer unconfigured
 * @param ports where workers are, each worker once, by number; no others have a port
 */
public record DesiredState(
    PacketProgram program, SequencerSettings settings, List<WorkerPort> ports) {
  public DesiredState {
    ports = ports.stream().sorted(Comparator.comparingInt(WorkerPort::worker)).toList();
    for (int i = 1; i < ports.size(); i++) {
      if (ports.get(i).worker() == ports.get(i - 1).worker()) {
        throw new IllegalArgumentException("worker " + ports.get(i).worker() + " has two ports");
      }
    }
  }

  /** As many workers, those at the default port to which none of {@code given} belongs. */
  public static List<WorkerPort> ports(int workers, Collection<WorkerPort> given) {
    SortedMap<Integer, WorkerPort> ports = new TreeMap<>();
    for (int worker = 0; worker < workers; worker++) {
      ports.put(worker, WorkerPort.defaultOf(worker));
    }
    given.forEach(port -> ports.put(port.worker(), port));
    return new ArrayList<>(ports.values());
  }

  /**
   * What the switch is now, with another program: the settings and the ports of all workers stay,
   * unless others are given.
   *
   * @param depth another depth
   * @param workers another number of workers; those beyond it lose their ports
   * @throws BadSettings if there can be no such settings, whatever the program
   */
  public static DesiredState of(
      PresentState.Sequencer now,
      PacketProgram program,
      Optional<Integer> depth,
      Optional<Integer> workers) {
    SequencerSettings present = now.settings();
    if (present.epoch() == 0 && depth.isEmpty() && workers.isEmpty()) {
      return new DesiredState(program, present, now.ports());
    }
    int newWorkers = workers.orElse(present.workers());
    int newDepth =
        depth.orElse(
            present.epoch() == 0 ? SequencerSettings.depthFor(newWorkers) : present.depth());
    SequencerSettings settings =
        BadSettings.unless(() ->
            present.epoch() == 0
                ? SequencerSettings.first(newDepth, newWorkers)
                : present.next(newDepth, newWorkers));
    List<WorkerPort> kept =
        workers.isEmpty()
            ? now.ports()
            : now.ports().stream().filter(port -> port.worker() < newWorkers).toList();
    return new DesiredState(program, settings, ports(newWorkers, kept));
  }

  /** The same for a sequencer that has none yet: it starts one epoch after this one. */
  public DesiredState after(int epoch) {
    if (settings.epoch() == 0 || epoch == 0) {
      return this;
    }
    int next = epoch == 0xffff ? 1 : epoch + 1;
    return new DesiredState(
        program,
        new SequencerSettings(
            next,
            settings.depth(),
            settings.workers(),
            settings.maxFrameBytes(),
            settings.passPort()),
        ports);
  }

  /**
   * Checks it against what the program was compiled for.
   *
   * @param force whether workers may miss packets, for want of history
   * @throws BadSettings with the limit and what is beyond it
   */
  public void check(boolean force) {
    if (settings.epoch() != 0) {
      SequencerLimits.of(CheckedPipeline.of(program).info()).check(settings, force);
    }
  }
}
