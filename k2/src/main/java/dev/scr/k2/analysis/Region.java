package dev.scr.k2.analysis;

/** What memory a pointer points into. Regions of different kinds do not overlap. */
public sealed interface Region {
  /** Whether memory of the one may be memory of the other. */
  static boolean mayOverlap(Region a, Region b) {
    return a.equals(b)
        || a instanceof Unknown
        || b instanceof Unknown
        || (a instanceof MapValue(int x) && b instanceof MapValue(int y) && (x < 0 || y < 0));
  }

  /** The frame of this function; r10 is the end of its 512 bytes. */
  record Stack() implements Region {}

  /** The context structure. */
  record Context() implements Region {}

  /** The packet, its metadata in front included. */
  record Packet() implements Region {}

  /** The end of the packet: a bound, nothing is read there. */
  record PacketEnd() implements Region {}

  /**
   * A value of a map.
   *
   * @param map index among the program's maps, −1 if it is one of several
   */
  record MapValue(int map) implements Region {}

  /**
   * A map itself, an argument of helpers.
   *
   * @param map index among the program's maps
   */
  record MapHandle(int map) implements Region {}

  /** Some memory that none of the others describes, for example an argument of a sub-program. */
  record Unknown() implements Region {}
}
