package dev.scr.controlplane.sequencer;

import dev.scr.controlplane.session.Primacy;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.List;
import java.util.Optional;

/**
 * A sequencer at one moment.
 *
 * @param apiVersion of P4Runtime, as the switch says
 * @param primacy what this session may do
 * @param program the packet program
 * @param cookie of the pipeline, if it was pushed with one
 * @param limits what the pipeline was compiled for
 * @param settings what the sequencer was last told; it follows with the next packets
 * @param ports where the workers are, by number
 */
public record SequencerStatus(
    String apiVersion,
    Primacy primacy,
    String program,
    Optional<PipelineCookie> cookie,
    SequencerLimits limits,
    SequencerSettings settings,
    List<WorkerPort> ports) {
  public SequencerStatus {
    ports = List.copyOf(ports);
  }
}
