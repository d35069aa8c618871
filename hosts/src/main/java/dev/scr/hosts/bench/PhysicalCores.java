package dev.scr.hosts.bench;

import dev.scr.hosts.run.Crew;
import dev.scr.linux.machine.Cpus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;

/**
 * The processors that a measurement uses, in an order in which those that share a physical core
 * with an earlier one come last. Virtual machines often do not say which do, so it is measured: two
 * {@link Yardstick}s at once take longer on one core than on two.
 *
 * @param cpus numbers of processors
 * @param cores how many physical cores they are
 */
record PhysicalCores(List<Integer> cpus, int cores) {
  private static final int WARM_UP_MS = 100;
  private static final int PASSES = 5;
  private static final int ROUNDS = 30;
  private static final double SHARES = 1.25;

  PhysicalCores {
    cpus = List.copyOf(cpus);
  }

  /** Looks at processors; takes a tenth of a second and some microseconds for each pair. */
  static PhysicalCores find(List<Integer> cpus) throws InterruptedException {
    try (Crew crew = new Crew(cpus.size())) {
      Yardstick[] yardsticks = new Yardstick[cpus.size()];
      crew.all(worker -> {
        Cpus.pin(cpus.get(worker));
        yardsticks[worker] = new Yardstick();
        long end = System.nanoTime() + WARM_UP_MS * 1_000_000L;
        while (System.nanoTime() < end) {
          yardsticks[worker].ns();
        }
      });
      double[][] stretch = stretch(crew, yardsticks);
      return of(cpus, (a, b) -> stretch[a][b] > SHARES);
    }
  }

  /** What each pair costs the one of the two that it costs more; the least that was seen. */
  private static double[][] stretch(Crew crew, Yardstick[] yardsticks) throws InterruptedException {
    int count = yardsticks.length;
    double[] alone = new double[count];
    double[][] together = new double[count][count];
    Arrays.fill(alone, Double.POSITIVE_INFINITY);
    Arrays.stream(together).forEach(row -> Arrays.fill(row, Double.POSITIVE_INFINITY));
    for (int pass = 0; pass < PASSES; pass++) {
      for (int a = 0; a < count; a++) {
        alone[a] = Math.min(alone[a], atOnce(crew, yardsticks, a, a)[a]);
      }
      for (int a = 0; a < count; a++) {
        for (int b = a + 1; b < count; b++) {
          double[] ns = atOnce(crew, yardsticks, a, b);
          double worse = Math.max(ns[a] / alone[a], ns[b] / alone[b]);
          together[a][b] = Math.min(together[a][b], worse);
        }
      }
    }
    return together;
  }

  private static double[] atOnce(Crew crew, Yardstick[] yardsticks, int a, int b)
      throws InterruptedException {
    double[] ns = new double[yardsticks.length];
    Set<Integer> both = new TreeSet<>(List.of(a));
    both.add(b);
    int active = both.size();
    AtomicInteger ready = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    crew.these(
        both,
        worker -> {
          ready.incrementAndGet();
          while (ready.get() < active) {
            Thread.onSpinWait();
          }
          ns[worker] = yardsticks[worker].ns(ROUNDS);
          done.incrementAndGet();
          while (done.get() < active) {
            yardsticks[worker].ns(1);
          }
        });
    return ns;
  }

  /**
   * The order, from what shares a core with what.
   *
   * @param share tells of two places in the list, the lower one first
   */
  static PhysicalCores of(List<Integer> cpus, BiPredicate<Integer, Integer> share) {
    List<List<Integer>> cores = new ArrayList<>();
    for (int place = 0; place < cpus.size(); place++) {
      int found = place;
      cores.stream()
          .filter(core -> core.stream().anyMatch(other -> share.test(other, found)))
          .findFirst()
          .orElseGet(() -> {
            List<Integer> core = new ArrayList<>();
            cores.add(core);
            return core;
          })
          .add(place);
    }
    List<Integer> ordered = new ArrayList<>();
    for (int thread = 0; ordered.size() < cpus.size(); thread++) {
      for (List<Integer> core : cores) {
        if (thread < core.size()) {
          ordered.add(cpus.get(core.get(thread)));
        }
      }
    }
    return new PhysicalCores(ordered, cores.size());
  }
}
