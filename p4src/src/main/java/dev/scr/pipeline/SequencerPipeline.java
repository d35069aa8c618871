package dev.scr.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * One compiled sequencer: what a P4Runtime controller pushes.
 *
 * @param program the packet program's name, equal to P4Info's {@code pkg_info.name}
 * @param programId the {@code program} field of the SCR header
 * @param slotBytes bytes of one history slot
 * @param maxDepth the largest depth that the program was compiled for, in slots
 * @param deviceConfig p4c's BMv2 JSON, byte for byte; not to be modified
 * @param p4infoText P4Info in protobuf text format
 */
@SuppressWarnings("ArrayRecordComponent") // opaque bytes on their way to a socket, never compared
public record SequencerPipeline(
    String program,
    int programId,
    int slotBytes,
    int maxDepth,
    byte[] deviceConfig,
    String p4infoText) {

  /** The v1model pipeline of a packet program, from the jar. */
  public static SequencerPipeline of(PacketProgram program) {
    return new SequencerPipeline(
        program.programName(),
        program.id(),
        program.slotBytes(),
        program.maxDepth(),
        resource(program.programName() + ".json"),
        new String(resource(program.programName() + ".p4info.txtpb"), StandardCharsets.UTF_8));
  }

  private static byte[] resource(String name) {
    try (InputStream in = SequencerPipeline.class.getResourceAsStream("v1model/" + name)) {
      if (in == null) {
        throw new IllegalStateException("dev/scr/pipeline/v1model/" + name + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
