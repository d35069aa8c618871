package dev.scr.hosts.strategy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides which buckets move, in the manner of RSS++ (CoNEXT 2019): from the busiest core to the
 * idlest, the bucket that brings both closest together, and few of them, because each takes its
 * state along. A bucket cannot be split; so the heaviest bucket bounds what this can do.
 *
 * @param tolerance share of the mean load by which a core may be above it without anything moving
 * @param mostMoves in one round
 */
public record Rebalancer(double tolerance, int mostMoves) {
  /** Acts on 5 % of imbalance, with up to 16 moves. */
  public static final Rebalancer DEFAULT = new Rebalancer(0.05, 16);

  /** A bucket that goes from a core to another. */
  public record Move(int bucket, int from, int to) {}

  /**
   * Changes the table for the load that was seen.
   *
   * @param load packets of each bucket since the last time
   * @return what has moved, in order
   */
  public List<Move> rebalance(IndirectionTable table, long[] load, int workers) {
    long[] total = new long[workers];
    long all = 0;
    for (int bucket = 0; bucket < IndirectionTable.BUCKETS; bucket++) {
      total[table.worker(bucket)] += load[bucket];
      all += load[bucket];
    }
    List<Move> moves = new ArrayList<>();
    while (moves.size() < mostMoves) {
      int busiest = extreme(total, true);
      int idlest = extreme(total, false);
      if (total[busiest] <= (1 + tolerance) * all / workers) {
        break;
      }
      Optional<Move> move = best(table, load, busiest, idlest, total[busiest] - total[idlest]);
      if (move.isEmpty()) {
        break;
      }
      int bucket = move.get().bucket();
      table.move(bucket, idlest);
      total[busiest] -= load[bucket];
      total[idlest] += load[bucket];
      moves.add(move.get());
    }
    return moves;
  }

  /** The bucket whose load is nearest to half of the gap; none if every one would widen it. */
  private static Optional<Move> best(
      IndirectionTable table, long[] load, int from, int to, long gap) {
    int best = -1;
    for (int bucket = 0; bucket < IndirectionTable.BUCKETS; bucket++) {
      boolean helps = table.worker(bucket) == from && load[bucket] > 0 && load[bucket] < gap;
      if (helps && (best < 0 || left(gap, load[bucket]) < left(gap, load[best]))) {
        best = bucket;
      }
    }
    return best < 0 ? Optional.empty() : Optional.of(new Move(best, from, to));
  }

  private static long left(long gap, long load) {
    return Math.abs(gap - 2 * load);
  }

  private static int extreme(long[] total, boolean largest) {
    int found = 0;
    for (int worker = 1; worker < total.length; worker++) {
      if (largest ? total[worker] > total[found] : total[worker] < total[found]) {
        found = worker;
      }
    }
    return found;
  }
}
