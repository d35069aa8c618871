package dev.scr.controlplane.sequencer;

import com.google.protobuf.ByteString;
import dev.scr.p4runtime.BadPipeline;
import dev.scr.p4runtime.Bmv2Config;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.p4runtime.UnknownName;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;

/**
 * A pipeline that a switch may get: JSON and P4Info are well-formed, of one program, and a
 * sequencer's.
 *
 * @param info its P4Info
 * @param config what goes to the switch with it
 * @param cookie what a switch that has it answers
 */
public record CheckedPipeline(P4InfoIndex info, ByteString config, PipelineCookie cookie) {

  /**
   * Checks a pipeline, without a switch.
   *
   * @throws BadPipeline if no switch should get it
   */
  public static CheckedPipeline of(SequencerPipeline pipeline) {
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
    ByteString config = ByteString.copyFrom(pipeline.deviceConfig());
    return new CheckedPipeline(info, config, PipelineCookie.of(info.info(), config));
  }

  /** The one of a program, from the jar. */
  static CheckedPipeline of(PacketProgram program) {
    return of(SequencerPipeline.of(program));
  }
}
