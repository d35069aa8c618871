package dev.scr.softswitch.json;

/** The P4Info and the BMv2 JSON do not describe the same program. */
public final class PipelineMismatch extends PipelineException {

  /**
   * @param place the object in the P4Info
   * @param problem what the P4Info says and what the JSON says
   */
  public PipelineMismatch(String place, String problem) {
    super(place, problem);
  }
}
