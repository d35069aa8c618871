package dev.scr.controlplane.sequencer;

import com.google.protobuf.ByteString;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;

/**
 * A pipeline that a switch may get.
 *
 * @param info its P4Info
 * @param config what goes to the switch with it
 * @param cookie what a switch that has it answers
 */
record CheckedPipeline(P4InfoIndex info, ByteString config, PipelineCookie cookie) {

  /**
   * Checks a pipeline.
   *
   * @throws dev.scr.p4runtime.BadPipeline if no switch should get it
   */
  static CheckedPipeline of(SequencerPipeline pipeline) {
    P4InfoIndex info = SequencerController.check(pipeline);
    ByteString config = ByteString.copyFrom(pipeline.deviceConfig());
    return new CheckedPipeline(info, config, PipelineCookie.of(info.info(), config));
  }

  /** The one of a program, from the jar. */
  static CheckedPipeline of(PacketProgram program) {
    return of(SequencerPipeline.of(program));
  }
}
