package dev.scr.softswitch.json;

/** The file breaks the BMv2 JSON format: a wrong type, a missing key, a dangling reference. */
public final class MalformedPipeline extends PipelineException {

  /**
   * @param place the file and the object in it
   * @param problem what was expected and what was found
   */
  public MalformedPipeline(String place, String problem) {
    super(place, problem);
  }
}
