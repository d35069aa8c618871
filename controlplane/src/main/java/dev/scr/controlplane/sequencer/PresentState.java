package dev.scr.controlplane.sequencer;

import dev.scr.p4runtime.PipelineCookie;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.List;
import java.util.Optional;

/** What a switch runs at one moment, whatever it is. */
public sealed interface PresentState {

  /** No pipeline. */
  record Empty() implements PresentState {}

  /**
   * A pipeline that is no sequencer, or one that the switch took and could not load.
   *
   * @param program its name, perhaps empty
   */
  record Foreign(String program) implements PresentState {}

  /**
   * A sequencer.
   *
   * @param program the packet program
   * @param cookie of the pipeline, if it was pushed with one
   * @param settings what the sequencer was last told
   * @param ports where workers are, by number; also those that are not in use
   */
  record Sequencer(
      String program,
      Optional<PipelineCookie> cookie,
      SequencerSettings settings,
      List<WorkerPort> ports)
      implements PresentState {
    public Sequencer {
      ports = List.copyOf(ports);
    }
  }

  /** The name of the program, if there is a pipeline. */
  default Optional<String> programName() {
    return switch (this) {
      case Empty _ -> Optional.empty();
      case Foreign(String program) -> Optional.of(program);
      case Sequencer sequencer -> Optional.of(sequencer.program());
    };
  }
}
