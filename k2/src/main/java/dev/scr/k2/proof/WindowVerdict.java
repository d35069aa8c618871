package dev.scr.k2.proof;

import java.util.List;
import java.util.Map;

/** What is known about a candidate for a window. */
public sealed interface WindowVerdict {
  /** It has the same effect on everything that is still needed, for every input. */
  record Equivalent(DecidedBy by) implements WindowVerdict {}

  /** It has another effect for this input. */
  record Different(Input input, String why) implements WindowVerdict {}

  /** It makes an access, or reads a register, that the rules of the window forbid. */
  record Refused(String why) implements WindowVerdict {}

  /** The solver gave up. */
  record Unknown(String reason) implements WindowVerdict {}

  /** What answered the question. */
  enum DecidedBy {
    /** Both sides have the same normal form. */
    NORMAL_FORM,
    /** Z3. */
    SOLVER
  }

  /**
   * An input of a window: registers, addresses of regions and bytes in them; bytes that are not
   * listed do not matter.
   *
   * @param registers values of r0 to r10
   * @param bases address of each region
   * @param bytes by region and offset
   */
  record Input(List<Long> registers, Map<Region, Long> bases, Map<Region, Map<Long, Byte>> bytes) {}
}
