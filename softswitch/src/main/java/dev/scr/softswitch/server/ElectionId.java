package dev.scr.softswitch.server;

import java.util.Optional;
import org.p4.v1.Uint128;

/** An election id: an unsigned number of 128 bits. Not to be confused with none at all. */
record ElectionId(long high, long low) implements Comparable<ElectionId> {

  static Optional<ElectionId> of(boolean present, Uint128 id) {
    return present ? Optional.of(new ElectionId(id.getHigh(), id.getLow())) : Optional.empty();
  }

  Uint128 toProto() {
    return Uint128.newBuilder().setHigh(high).setLow(low).build();
  }

  @Override
  public int compareTo(ElectionId other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(high) + ":" + Long.toUnsignedString(low);
  }
}
