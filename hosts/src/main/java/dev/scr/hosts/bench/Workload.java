package dev.scr.hosts.bench;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.Extraction.Relevance;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.strategy.IndirectionTable;
import dev.scr.hosts.strategy.Rebalancer;
import dev.scr.hosts.strategy.ShardKey;
import dev.scr.hosts.trace.Trace;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The packets of a trace that a program looks at, dealt out to workers in each of the ways that
 * strategies do. The trace counts as endless: after its last packet comes its first again, for
 * frames with history too.
 */
final class Workload {
  private static final int MOST_ROUNDS = 64;

  private final ProgramObject object;
  private final List<byte[]> packets = new ArrayList<>();
  private final List<Long> timestampsNs = new ArrayList<>();
  private final int[] hashes;

  /**
   * Takes the relevant packets from the start of a trace.
   *
   * @param most packets that are taken
   * @throws IllegalArgumentException if there is none
   */
  Workload(ProgramObject object, Trace trace, int most) {
    this.object = object;
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.JVM)) {
      byte[] metadata = new byte[object.program().slotBytes()];
      for (int i = 0; i < trace.size() && packets.size() < most; i++) {
        byte[] packet = trace.bytes(i);
        if (extraction.extract(packet, packet.length, trace.timestampNs(i), metadata)
            == Relevance.RELEVANT) {
          packets.add(packet);
          timestampsNs.add(trace.timestampNs(i));
        }
      }
    }
    if (packets.isEmpty()) {
      throw new IllegalArgumentException(
          "no packet that " + object.program().programName() + " looks at");
    }
    ShardKey key = ShardKey.of(object.program());
    hashes = packets.stream().mapToInt(packet -> key.hash(packet, packet.length)).toArray();
  }

  /** Number of packets. */
  int size() {
    return packets.size();
  }

  /** Round robin, without history: for one worker, and for a state that workers share. */
  List<Lane> sprayed(int workers) {
    return dealt(workers, IntStream.range(0, size()).map(i -> i % workers).toArray());
  }

  /** By the hash. */
  List<Lane> sharded(int workers) {
    return byTable(workers, new IndirectionTable(workers));
  }

  /** By the hash, after rebalancing has found nothing more to move: its best case. */
  List<Lane> rebalanced(int workers) {
    IndirectionTable table = new IndirectionTable(workers);
    long[] load = new long[IndirectionTable.BUCKETS];
    for (int hash : hashes) {
      load[IndirectionTable.bucket(hash)]++;
    }
    for (int round = 0; round < MOST_ROUNDS; round++) {
      if (Rebalancer.DEFAULT.rebalance(table, load, workers).isEmpty()) {
        break;
      }
    }
    return byTable(workers, table);
  }

  private List<Lane> byTable(int workers, IndirectionTable table) {
    return dealt(
        workers,
        Arrays.stream(hashes).map(hash -> table.worker(IndirectionTable.bucket(hash))).toArray());
  }

  private List<Lane> dealt(int workers, int[] workerOf) {
    List<Lane.Builder> lanes =
        IntStream.range(0, workers).mapToObj(_ -> new Lane.Builder(0)).toList();
    for (int i = 0; i < size(); i++) {
      lanes.get(workerOf[i]).add(packets.get(i), timestampsNs.get(i), hashes[i]);
    }
    return lanes.stream().map(lane -> lane.build(size())).toList();
  }

  /**
   * Behind the sequencer, with a depth of one less than the workers. The trace goes through it
   * twice and the second time counts, so that the first frames have the last packets as history.
   */
  List<Lane> sequenced(int workers) {
    int used = size() < workers ? size() * workers : size() / workers * workers;
    List<Lane.Builder> lanes =
        IntStream.range(0, workers).mapToObj(_ -> new Lane.Builder(workers)).toList();
    List<WorkerPort> ports = IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList();
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.JVM)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(ports);
      sequencer.configure(SequencerSettings.first(SequencerSettings.depthFor(workers), workers));
      for (int turn = 0; turn < 2; turn++) {
        boolean counts = turn == 1;
        for (int i = 0; i < used; i++) {
          byte[] packet = packets.get(i % size());
          long timestampNs = timestampsNs.get(i % size());
          int hash = hashes[i % size()];
          sequencer.process(
              packet,
              packet.length,
              timestampNs,
              (port, frame, length) -> {
                if (counts) {
                  lanes
                      .get(port - WorkerPort.FIRST_PORT)
                      .add(Arrays.copyOf(frame, length), timestampNs, hash);
                }
              });
        }
      }
    }
    return lanes.stream().map(lane -> lane.build(used)).toList();
  }
}
