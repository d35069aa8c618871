package dev.scr.k2.rewrite;

/**
 * How far to look among equivalent programs. Several walkers set out from the best program, each
 * with a seed of its own; after a round all go on from the best that one of them found. The result
 * depends on these numbers only, not on how many processors there are.
 *
 * @param seed of the first walker; the others follow
 * @param walkers how many
 * @param rounds how many times they set out; 0 for no walk
 * @param steps of each walker in each round
 */
public record Walk(long seed, int walkers, int rounds, int steps) {
  /** No walk: only rewrites that pay at once. */
  public static final Walk NONE = new Walk(0, 1, 0, 0);

  /** Checks the numbers. */
  public Walk {
    if (walkers < 1 || rounds < 0 || steps < 0) {
      throw new IllegalArgumentException(
          "expected at least one walker, no negative rounds or steps, found "
              + walkers
              + ", "
              + rounds
              + ", "
              + steps);
    }
  }

  /** About this many steps altogether. */
  public static Walk of(long seed, int steps) {
    int walkers = 4;
    int perRound = 250;
    return new Walk(
        seed, walkers, (steps + walkers * perRound - 1) / (walkers * perRound), perRound);
  }
}
