package dev.scr.controlplane.session;

import java.util.Comparator;
import java.util.random.RandomGenerator;
import org.p4.v1.Uint128;

/**
 * A bid for primacy: a 128-bit unsigned number, of which the highest wins.
 *
 * @param high the upper 64 bits, unsigned
 * @param low the lower 64 bits, unsigned
 */
public record ElectionId(long high, long low) implements Comparable<ElectionId> {
  /** What a client bids that nobody has told otherwise. */
  public static final ElectionId FIRST = new ElectionId(0, 1);

  /**
   * Standing controllers come with an id up to this one and hold primacy with a higher one, so that
   * one that comes later is a backup.
   */
  public static final ElectionId LAST_TO_COME_WITH = new ElectionId(0, 1L << 31);

  private static final Comparator<ElectionId> ORDER =
      Comparator.comparing(ElectionId::high, Long::compareUnsigned)
          .thenComparing(ElectionId::low, Long::compareUnsigned);

  /**
   * Reads {@code LOW} or {@code HIGH:LOW}, decimal.
   *
   * @throws BadOption if it is neither, or zero, which some switches take for "no id"
   */
  public static ElectionId parse(String text) {
    String[] parts = text.split(":", -1);
    try {
      ElectionId id =
          switch (parts.length) {
            case 1 -> new ElectionId(0, Long.parseUnsignedLong(parts[0]));
            case 2 ->
                new ElectionId(Long.parseUnsignedLong(parts[0]), Long.parseUnsignedLong(parts[1]));
            default -> new ElectionId(0, 0);
          };
      if (id.high != 0 || id.low != 0) {
        return id;
      }
    } catch (NumberFormatException _) {
      // the message is below
    }
    throw new BadOption("election id: expected N or HIGH:LOW, not zero; found '" + text + "'");
  }

  /** One to come with that hardly any other controller comes with. */
  public static ElectionId random(RandomGenerator random) {
    return new ElectionId(0, random.nextLong(2, LAST_TO_COME_WITH.low));
  }

  static ElectionId of(Uint128 wire) {
    return new ElectionId(wire.getHigh(), wire.getLow());
  }

  Uint128 wire() {
    return Uint128.newBuilder().setHigh(high).setLow(low).build();
  }

  /** The next higher one; after the highest comes zero. */
  public ElectionId next() {
    return new ElectionId(low == -1 ? high + 1 : high, low + 1);
  }

  /** One that is higher by so much; goes on from zero after the highest. */
  ElectionId plus(int more) {
    long sum = low + more;
    return new ElectionId(Long.compareUnsigned(sum, low) < 0 ? high + 1 : high, sum);
  }

  /** A number of 20 bits that is another one for nearly every id. */
  int scattered() {
    return (int) ((low * 0x9e37_79b9_7f4a_7c15L) >>> 44);
  }

  /** The higher of two. */
  ElectionId max(ElectionId other) {
    return compareTo(other) < 0 ? other : this;
  }

  @Override
  public int compareTo(ElectionId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return (high == 0 ? "" : Long.toUnsignedString(high) + ":") + Long.toUnsignedString(low);
  }
}
