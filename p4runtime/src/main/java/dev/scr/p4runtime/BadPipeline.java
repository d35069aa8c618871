package dev.scr.p4runtime;

/** A P4Info or a device configuration that is malformed, or the two of different programs. */
public final class BadPipeline extends BadInput {
  public BadPipeline(String message) {
    super(message);
  }
}
