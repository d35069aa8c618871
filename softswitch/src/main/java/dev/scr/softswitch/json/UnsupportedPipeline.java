package dev.scr.softswitch.json;

/** The file is well formed but uses something that this switch does not implement. */
public final class UnsupportedPipeline extends PipelineException {

  /**
   * @param place the file and the object in it
   * @param problem the construct, by its name in the format
   */
  public UnsupportedPipeline(String place, String problem) {
    super(place, problem);
  }
}
