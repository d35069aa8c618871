package dev.scr.softswitch.json;

/**
 * A pipeline that cannot be loaded. Nothing of it has taken effect when this is thrown.
 *
 * <p>The message is {@code place: what is wrong}, where the place names the file and the object in
 * it, for example {@code switch.json: actions[3] "foo": primitive 2: unsupported primitive "x"}.
 */
public abstract sealed class PipelineException extends RuntimeException
    permits MalformedPipeline, UnsupportedPipeline, PipelineMismatch {

  private final String place;

  PipelineException(String place, String problem) {
    super(place.isEmpty() ? problem : place + ": " + problem);
    this.place = place;
  }

  /** Where in the file the problem is; empty when it concerns the file as a whole. */
  public String place() {
    return place;
  }
}
