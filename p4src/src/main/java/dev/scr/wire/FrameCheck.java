package dev.scr.wire;

/**
 * What a receiver says of a frame before it looks at history: accepted, or the first rule it
 * breaks.
 */
public enum FrameCheck {
  ACCEPTED("a frame from a sequencer of this program"),
  TOO_SHORT("shorter than the SCR header"),
  NOT_SCR("another ethertype than 0x88b5"),
  WRONG_VERSION("another version of the format"),
  WRONG_PROGRAM("history of another packet program"),
  WRONG_SLOT_BYTES("slots of another size than the program's metadata"),
  BAD_RING("oldest or valid outside the ring"),
  UNKNOWN_FLAGS("a flag that this version does not define"),
  TRUNCATED("shorter than its history and original packet");

  private final String meaning;

  FrameCheck(String meaning) {
    this.meaning = meaning;
  }

  /** The rule that the frame breaks, in words. */
  public String meaning() {
    return meaning;
  }
}
