package dev.scr.hosts.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.Seeds;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RebalancerTest {
  private static final Rebalancer THOROUGH = new Rebalancer(0.01, 128);

  @Test
  void bucketsLeaveTheBusyCore() {
    IndirectionTable table = new IndirectionTable(2);
    long[] load = new long[IndirectionTable.BUCKETS];
    load[0] = 40; // buckets 0, 2, 4 are at core 0
    load[2] = 30;
    load[4] = 30;
    List<Rebalancer.Move> moves = THOROUGH.rebalance(table, load, 2);
    assertEquals(List.of(new Rebalancer.Move(0, 0, 1)), moves);
    assertEquals(1, table.worker(0));
  }

  @Test
  void oneHeavyBucketStaysAlone() {
    IndirectionTable table = new IndirectionTable(4);
    long[] load = new long[IndirectionTable.BUCKETS];
    load[3] = 1000;
    assertEquals(List.of(), THOROUGH.rebalance(table, load, 4), "a bucket cannot be split");
  }

  @Test
  void movesAreFewWhereThatIsAsked() {
    long[] load = new long[IndirectionTable.BUCKETS];
    for (int bucket = 0; bucket < load.length; bucket += 4) {
      load[bucket] = 100;
    }
    assertEquals(3, new Rebalancer(0.01, 3).rebalance(new IndirectionTable(4), load, 4).size());
  }

  @Test
  void imbalanceNeverGrowsAndMovesAreWhatTheySay() {
    Seeds.forAll(seed -> {
      SplittableRandom random = new SplittableRandom(seed);
      int workers = 1 + random.nextInt(16);
      IndirectionTable table = new IndirectionTable(workers);
      long[] load = random.longs(IndirectionTable.BUCKETS, 0, 1 + random.nextInt(10_000)).toArray();
      int[] before = new int[load.length];
      for (int bucket = 0; bucket < load.length; bucket++) {
        before[bucket] = table.worker(bucket);
      }
      long worst = worst(table, load, workers);
      List<Rebalancer.Move> moves = THOROUGH.rebalance(table, load, workers);
      assertTrue(worst(table, load, workers) <= worst);
      for (Rebalancer.Move move : moves) {
        assertEquals(before[move.bucket()], move.from());
        before[move.bucket()] = move.to();
      }
      for (int bucket = 0; bucket < load.length; bucket++) {
        assertEquals(before[bucket], table.worker(bucket));
      }
    });
  }

  private static long worst(IndirectionTable table, long[] load, int workers) {
    long[] total = new long[workers];
    for (int bucket = 0; bucket < load.length; bucket++) {
      total[table.worker(bucket)] += load[bucket];
    }
    return java.util.Arrays.stream(total).max().orElseThrow();
  }
}
