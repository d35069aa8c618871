package dev.scr.hosts.bench;

import dev.scr.hosts.bench.Contestant.Role;
import dev.scr.hosts.strategy.Strategy;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

/**
 * The JVM compiles in the background: everything runs in turn until nothing has been compiled and
 * nothing has become better for a while. On a busy machine the compiler, too, has to wait for the
 * processor: so replicas that are much slower than the sequential program go on waiting for it.
 */
final class WarmUp {
  private static final int PACKETS = 8_192;
  private static final int PATIENCE = 4;
  private static final int LONGEST = 6;
  private static final int COMPILER_MS = 20;
  private static final double WAITS_FOR_COMPILER = 2.5;
  private static final double NO_BETTER = 0.97;

  private final List<Contestant> contestants;

  /** The best times of each contestant's workers. */
  private final double[][] best;

  private WarmUp(List<Contestant> contestants) {
    this.contestants = contestants;
    this.best = new double[contestants.size()][];
    for (int i = 0; i < best.length; i++) {
      best[i] = new double[contestants.get(i).lanes().size()];
      Arrays.fill(best[i], Double.POSITIVE_INFINITY);
    }
  }

  /**
   * Warms up.
   *
   * @param leastMs how long it takes at least; a few times as long at most
   */
  static void run(Team team, List<Contestant> contestants, int leastMs)
      throws InterruptedException {
    new WarmUp(contestants).run(team, leastMs);
    team.forget();
  }

  private void run(Team team, int leastMs) throws InterruptedException {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    long least = System.nanoTime() + leastMs * 1_000_000L;
    long most = System.nanoTime() + 1_000_000L * LONGEST * leastMs;
    int inVain = 0;
    while (System.nanoTime() < most && (inVain < PATIENCE || System.nanoTime() < least)) {
      long compiled = compiler.getTotalCompilationTime();
      double before = sum();
      turn(team);
      Thread.sleep(COMPILER_MS);
      // Of many workers one is always better than ever before: all together must be.
      boolean settled =
          sum() > NO_BETTER * before && compiler.getTotalCompilationTime() == compiled;
      inVain = settled && !waits() ? inVain + 1 : 0;
    }
  }

  private void turn(Team team) throws InterruptedException {
    for (int i = 0; i < best.length; i++) {
      Contestant c = contestants.get(i);
      double[] now = team.saturate(c.loops(), c.lanes(), PACKETS).processor();
      for (int worker = 0; worker < now.length; worker++) {
        best[i][worker] = Math.min(best[i][worker], now[worker]);
      }
    }
  }

  private double sum() {
    return Arrays.stream(best).flatMapToDouble(Arrays::stream).sum();
  }

  /** Whether the slowest replica is still far behind the sequential program, or the fastest one. */
  private boolean waits() {
    double sequential = Double.MAX_VALUE;
    double fastest = Double.MAX_VALUE;
    double slowest = 0;
    for (int i = 0; i < best.length; i++) {
      Contestant c = contestants.get(i);
      if (c.role() == Role.TOGETHER && c.strategy() == Strategy.SCR && c.workers() <= 2) {
        fastest = Math.min(fastest, Arrays.stream(best[i]).min().orElseThrow());
        slowest = Math.max(slowest, Arrays.stream(best[i]).max().orElseThrow());
      } else if (c.strategy() == Strategy.SEQUENTIAL) {
        sequential = best[i][0];
      }
    }
    return slowest > WAITS_FOR_COMPILER * Math.min(sequential, fastest);
  }
}
