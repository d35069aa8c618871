package dev.scr.controlplane.sequencer;

import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.Optional;

/** One thing that is not as it should be, and what it becomes. */
public sealed interface Change {

  /**
   * Another pipeline: the history is lost, and counters start at 0.
   *
   * @param before the name of the program that goes, if there is one
   * @param after the program that comes; the same name means another build of it
   */
  record Pipeline(Optional<String> before, PacketProgram after) implements Change {}

  /**
   * A worker that has no port gets one.
   *
   * @param after where it is
   */
  record AddPort(WorkerPort after) implements Change {}

  /**
   * A worker is somewhere else.
   *
   * @param before where it was
   * @param after where it is
   */
  record MovePort(WorkerPort before, WorkerPort after) implements Change {}

  /**
   * Other settings, all in one write, which the sequencer takes between two packets.
   *
   * @param before what it was told last
   * @param after what it is told, one epoch on
   */
  record Configure(SequencerSettings before, SequencerSettings after) implements Change {}

  /**
   * A worker that gets no frames any more loses its port.
   *
   * @param before where it was
   */
  record RemovePort(WorkerPort before) implements Change {}

  /** Whether the sequencer goes on with its history and its numbers. */
  default boolean hitless() {
    return switch (this) {
      case Pipeline(var before, _) -> before.isEmpty();
      case AddPort _, MovePort _, Configure _, RemovePort _ -> true;
    };
  }
}
