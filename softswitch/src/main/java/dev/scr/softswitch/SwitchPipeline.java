package dev.scr.softswitch;

import dev.scr.p4runtime.BadPipeline;
import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.PipelineJsonReader;
import dev.scr.softswitch.naming.NameJoin;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.program.ProgramLoader;
import dev.scr.softswitch.v1model.V1ModelTarget;
import java.util.SplittableRandom;
import org.p4.config.v1.P4Info;

/**
 * A program with fresh state, its P4Info, and the bytes it came from. Can be given to one switch
 * once; its state then belongs to that switch and its lock.
 */
public final class SwitchPipeline {

  private final Program program;
  private final PipelineNames names;
  private final byte[] json;

  private SwitchPipeline(Program program, PipelineNames names, byte[] json) {
    this.program = program;
    this.names = names;
    this.json = json;
  }

  /**
   * Loads BMv2 JSON (format 2.0 to 2.24) with its P4Info.
   *
   * @param file what to call the JSON in messages
   * @param p4Info what p4c wrote beside it; the default instance for none, then the control plane
   *     has no names
   * @param options the switch that it is for
   * @throws PipelineException if the JSON is malformed or uses what is not implemented, or if the
   *     two do not fit
   */
  public static SwitchPipeline load(
      String file, byte[] json, P4Info p4Info, SwitchOptions options) {
    PipelineJson described = PipelineJsonReader.read(file, json);
    Program program =
        ProgramLoader.load(
            described, V1ModelTarget.DROP_PORT, new SplittableRandom(options.seed()));
    return new SwitchPipeline(program, NameJoin.join(p4Info, program), json.clone());
  }

  /**
   * As {@link #load(String, byte[], P4Info, SwitchOptions)}, with the P4Info in protobuf's text
   * format as p4c writes it.
   *
   * @param p4InfoFile what to call the P4Info in messages
   * @throws BadPipeline if the text is not P4Info
   */
  public static SwitchPipeline load(
      String file, byte[] json, String p4InfoFile, String p4InfoText, SwitchOptions options) {
    return load(file, json, P4InfoText.parse(p4InfoText, p4InfoFile), options);
  }

  /** The program and its state. */
  public Program program() {
    return program;
  }

  /** What ids mean. */
  public PipelineNames names() {
    return names;
  }

  /** A copy of the JSON that it was loaded from. */
  public byte[] json() {
    return json.clone();
  }
}
