package dev.scr.softswitch.state;

/** How a key field of a table matches. */
public enum MatchKind {
  /** Equal. */
  EXACT,
  /** Equal in the first bits. */
  LPM,
  /** Equal under a mask. */
  TERNARY,
  /** Between two numbers, both included. */
  RANGE,
  /** Equal, or not looked at. */
  OPTIONAL,
  /** Whether a header is valid. */
  VALID
}
