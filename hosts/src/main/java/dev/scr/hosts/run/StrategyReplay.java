package dev.scr.hosts.run;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.Frames;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.strategy.IndirectionTable;
import dev.scr.hosts.strategy.KeyLocks;
import dev.scr.hosts.strategy.Promise;
import dev.scr.hosts.strategy.Rebalancer;
import dev.scr.hosts.strategy.ShardKey;
import dev.scr.hosts.strategy.SharedState;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trace under the strategies that SCR is compared with, a thread for each worker; {@link Promise}
 * says what their results have in common with the sequential program's. Used once.
 */
public final class StrategyReplay {
  /** Packets between two looks at the load of the shards. */
  static final int REBALANCING_INTERVAL = 1024;

  private final ProgramObject object;
  private final Engine engine;
  private final Trace trace;
  private final int workers;
  private final int[] hashes;
  private final byte[] verdicts;
  private int moves;

  /** A replay of a trace by a number of workers. */
  public StrategyReplay(ProgramObject object, Engine engine, Trace trace, int workers) {
    this.object = object;
    this.engine = engine;
    this.trace = trace;
    this.workers = workers;
    this.hashes = hashes(object, trace);
    this.verdicts = new byte[trace.size()];
  }

  private static int[] hashes(ProgramObject object, Trace trace) {
    ShardKey key = ShardKey.of(object.program());
    int[] hashes = new int[trace.size()];
    byte[] packet = new byte[trace.maxLength()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = key.hash(packet, trace.copyTo(i, packet));
    }
    return hashes;
  }

  /** Buckets that have moved from a worker to another. */
  public int moves() {
    return moves;
  }

  /**
   * Runs a strategy other than {@link Strategy#SCR}.
   *
   * @throws IllegalArgumentException for a program that it is not available for
   */
  public Replay run(Strategy strategy) throws InterruptedException {
    if (Promise.of(object.program(), strategy) == Promise.UNAVAILABLE) {
      throw new IllegalArgumentException(
          strategy.strategyName() + " is not available for " + object.program().programName());
    }
    return switch (strategy) {
      case SEQUENTIAL -> Replay.sequential(object, engine, trace);
      case SHARED_ATOMIC -> shared(SharedState.SHARED_ATOMIC, null);
      case SHARED_LOCK -> shared(ProgramObject.SEQUENTIAL, new KeyLocks());
      case SHARDED -> sharded(false);
      case REBALANCED -> sharded(true);
      case SCR -> throw new IllegalArgumentException("scr needs a sequencer: Replay.scr");
    };
  }

  /** One state, packets round robin. Without locks for a function that needs none. */
  Replay shared(String function, @Nullable KeyLocks locks) throws InterruptedException {
    try (SharedState state = new SharedState(object, engine);
        Crew crew = new Crew(workers)) {
      crew.all(worker -> runShared(state, function, locks, worker));
      return replay(state.state());
    }
  }

  private void runShared(SharedState state, String function, @Nullable KeyLocks locks, int worker) {
    long[] nowNs = new long[1];
    try (Arena arena = Arena.ofConfined();
        BpfInstance instance = state.instance(() -> nowNs[0])) {
      Frames frames = new Frames(arena);
      XdpProgram program = instance.xdp(function);
      byte[] packet = new byte[trace.maxLength()];
      for (int i = worker; i < trace.size(); i += workers) {
        int length = trace.copyTo(i, packet);
        nowNs[0] = trace.timestampNs(i);
        if (locks != null) {
          locks.lock(hashes[i]);
        }
        int returned = program.run(frames.put(packet, length), length);
        if (locks != null) {
          locks.unlock(hashes[i]);
        }
        verdicts[i] = (byte) Verdict.of(returned).number();
      }
    }
  }

  /** A state for each worker; between two intervals buckets may move. */
  private Replay sharded(boolean rebalancing) throws InterruptedException {
    IndirectionTable table = new IndirectionTable(workers);
    SequentialProgram[] shards = new SequentialProgram[workers];
    try (Crew crew = new Crew(workers)) {
      try {
        crew.all(worker -> shards[worker] = new SequentialProgram(object, engine));
        int interval = rebalancing ? REBALANCING_INTERVAL : Math.max(1, trace.size());
        for (int start = 0; start < trace.size(); start += interval) {
          int first = start;
          int end = Math.min(trace.size(), first + interval);
          crew.all(worker -> runShard(shards[worker], table, worker, first, end));
          if (rebalancing) {
            rebalance(table, shards, first, end);
          }
        }
        return replay(union(shards));
      } finally {
        crew.all(worker -> {
          if (shards[worker] != null) {
            shards[worker].close();
          }
        });
      }
    }
  }

  private void runShard(
      SequentialProgram shard, IndirectionTable table, int worker, int first, int end) {
    byte[] packet = new byte[trace.maxLength()];
    for (int i = first; i < end; i++) {
      if (table.worker(IndirectionTable.bucket(hashes[i])) == worker) {
        Verdict verdict = shard.handle(packet, trace.copyTo(i, packet), trace.timestampNs(i));
        verdicts[i] = (byte) verdict.number();
      }
    }
  }

  /** All workers rest: what is in a bucket that moves can go along. */
  private void rebalance(IndirectionTable table, SequentialProgram[] shards, int first, int end) {
    long[] load = new long[IndirectionTable.BUCKETS];
    for (int i = first; i < end; i++) {
      load[IndirectionTable.bucket(hashes[i])]++;
    }
    ShardKey key = ShardKey.of(object.program());
    for (Rebalancer.Move move : Rebalancer.DEFAULT.rebalance(table, load, workers)) {
      moves++;
      for (MapEntry entry : shards[move.from()].state()) {
        if (IndirectionTable.bucket(key.hashOfState(entry.key())) == move.bucket()) {
          shards[move.to()].adopt(entry);
          shards[move.from()].release(entry);
        }
      }
    }
  }

  private static List<MapEntry> union(SequentialProgram[] shards) {
    return Arrays.stream(shards).flatMap(shard -> shard.state().stream()).sorted().toList();
  }

  private Replay replay(List<MapEntry> state) {
    List<Optional<Verdict>> all = new ArrayList<>(verdicts.length);
    for (byte verdict : verdicts) {
      all.add(Optional.of(Verdict.of(verdict)));
    }
    return new Replay(all, state);
  }
}
