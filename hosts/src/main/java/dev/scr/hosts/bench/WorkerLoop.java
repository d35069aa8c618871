package dev.scr.hosts.bench;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.strategy.KeyLocks;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.packet.FrameBatch;
import dev.scr.wire.ScrField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one worker: takes packets from its lane in batches and runs a program on each.
 * Allocates nothing for a packet and shares no cache line with another worker. Used by one thread
 * at a time.
 */
final class WorkerLoop extends WorkerLoopPaddingBehind implements AutoCloseable {
  /** Packets that are received together. */
  static final int BATCH = 64;

  /** Packets that a receive ring holds; what comes while it is full is lost. */
  static final int RING = 4096;

  private static final ValueLayout.OfInt SEQUENCE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long SEQUENCE_OFFSET = ScrField.SEQUENCE.offset();

  private final BpfInstance instance;
  private final XdpProgram program;
  private final @Nullable KeyLocks locks;

  /** What an offered load led to. */
  record Offered(long offered, long lost) {}

  /** Clock for the program, from the packet at hand. */
  private static final class PacketClock implements LongSupplier {
    private @Nullable WorkerLoop loop;

    @Override
    public long getAsLong() {
      return loop == null ? 0 : loop.nowNs;
    }
  }

  private WorkerLoop(BpfInstance instance, XdpProgram program, @Nullable KeyLocks locks) {
    this.instance = instance;
    this.program = program;
    this.locks = locks;
  }

  /** How a program gets its maps. */
  @FunctionalInterface
  interface Instances {
    BpfInstance make(LongSupplier clockNs);
  }

  /**
   * A worker that runs a function.
   *
   * @param locks taken around each run, by the packet's hash
   */
  static WorkerLoop of(Instances instances, String function, @Nullable KeyLocks locks) {
    PacketClock clock = new PacketClock();
    BpfInstance instance = instances.make(clock);
    WorkerLoop loop = new WorkerLoop(instance, instance.xdp(function), locks);
    clock.loop = loop;
    return loop;
  }

  /** A worker that runs a program which is not in an object. */
  static WorkerLoop of(BpfInstance instance, XdpProgram program) {
    return new WorkerLoop(instance, program, null);
  }

  /** What every packet has to go through first, from now on. */
  void dispatch(int newBusySteps, @Nullable VethLoop newIo) {
    busySteps = newBusySteps;
    io = newIo;
  }

  /** Starts at the beginning of a lane. Sequence numbers go on. */
  void rewind() {
    position = 0;
  }

  /** Forgets the state of the program; {@code progress} stays. */
  void forget() {
    BpfMap state = instance.map(ProgramObject.STATE);
    for (MapEntry entry : state.entries()) {
      state.delete(entry.key());
    }
  }

  /** The program's state, sorted by key. */
  List<MapEntry> state() {
    return instance.map(ProgramObject.STATE).entries();
  }

  /** A field of the replica's {@code struct progress}, by its offset. */
  long progress(int offset) {
    return instance
        .map(ProgramObject.PROGRESS)
        .value(new byte[4])
        .orElseThrow()
        .get(ValueLayout.JAVA_LONG, offset);
  }

  /** Handles so many packets as fast as it can; answers nanoseconds of processor time. */
  long run(Lane lane, int packets) {
    long before = Cpus.threadTimeNs();
    for (int left = packets; left > 0; left -= BATCH) {
      receive(lane, Math.min(left, BATCH));
    }
    return Cpus.threadTimeNs() - before;
  }

  /**
   * Handles packets that arrive evenly at a rate, as far as they find room in the ring. The clock
   * makes them arrive: no other thread is needed, and none limits the rate.
   *
   * @param perNs packets for each nanosecond
   * @param durationNs how long packets arrive
   * @param clockNs the calling thread's processor time, which stands still while others use the
   *     core; or the time of day, for latencies
   * @param batches that are handled between two looks at the clock
   * @param latencies receives the time from arrival to verdict, in ns
   */
  Offered offer(
      Lane lane,
      double perNs,
      long durationNs,
      LongSupplier clockNs,
      int batches,
      @Nullable Histogram latencies) {
    long start = clockNs.getAsLong();
    long taken = 0;
    long lost = 0;
    while (true) {
      long elapsed = clockNs.getAsLong() - start;
      boolean ended = elapsed >= durationNs;
      long arrived = (long) (Math.min(elapsed, durationNs) * perNs);
      long tooMany = arrived - taken - RING;
      if (tooMany > 0) {
        skip(lane, tooMany);
        lost += tooMany;
        taken += tooMany;
      }
      for (int batch = 0; batch < batches && taken < arrived; batch++) {
        int count = (int) Math.min(BATCH, arrived - taken);
        receive(lane, count);
        if (latencies != null) {
          record(latencies, clockNs.getAsLong() - start, taken, count, perNs);
        }
        taken += count;
      }
      if (taken >= arrived) {
        if (ended) {
          return new Offered(arrived, lost);
        }
        Thread.onSpinWait();
      }
    }
  }

  /** One packet, at another place in each batch, for all of its batch: recording takes time too. */
  private static void record(
      Histogram latencies, long doneNs, long first, int count, double perNs) {
    long packet = first + first / BATCH % count;
    latencies.recordValueWithCount(Math.max(0, doneNs - (long) ((packet + 1) / perNs)), count);
  }

  /** Packets that found the ring full. */
  private void skip(Lane lane, long count) {
    position = (int) ((position + count) % lane.size());
    sequence += (int) (count * lane.sequenceStep());
  }

  private void receive(Lane lane, int count) {
    VethLoop loop = io;
    if (loop == null) {
      fromMemory(lane, count);
    } else {
      fromSocket(loop, lane, count);
    }
  }

  private void fromMemory(Lane lane, int count) {
    MemorySegment memory = lane.memory();
    int step = lane.sequenceStep();
    int size = lane.size();
    int at = position < size ? position : 0;
    long sum = returned;
    for (int i = 0; i < count; i++) {
      if (busySteps != 0) {
        sum += BusyTime.steps(sum, busySteps) & 1;
      }
      int offset = lane.offset(at);
      if (step != 0) {
        sequence += step;
        memory.set(SEQUENCE, offset + SEQUENCE_OFFSET, sequence);
      }
      sum += handle(lane, at, memory, offset, lane.length(at));
      at = at + 1 == size ? 0 : at + 1;
    }
    position = at;
    returned = sum;
  }

  private void fromSocket(VethLoop loop, Lane lane, int count) {
    int step = lane.sequenceStep();
    int size = lane.size();
    int first = position < size ? position : 0;
    for (int i = 0, at = first; i < count; i++, at = at + 1 == size ? 0 : at + 1) {
      if (step != 0) {
        sequence += step;
        lane.memory().set(SEQUENCE, lane.offset(at) + SEQUENCE_OFFSET, sequence);
      }
      loop.put(lane.memory(), lane.offset(at), lane.length(at));
    }
    loop.send();
    int at = first;
    for (int left = count; left > 0; ) {
      FrameBatch received = loop.receive();
      for (int i = 0; i < received.size(); i++) {
        returned += handle(lane, at, received.memory(), received.offset(i), received.length(i));
        at = at + 1 == size ? 0 : at + 1;
      }
      left -= received.size();
    }
    position = at;
  }

  private int handle(Lane lane, int at, MemorySegment memory, int offset, int length) {
    nowNs = lane.timestampNs(at);
    if (locks == null) {
      return program.run(memory, offset, length);
    }
    int hash = lane.hash(at);
    locks.lock(hash);
    try {
      return program.run(memory, offset, length);
    } finally {
      locks.unlock(hash);
    }
  }

  @Override
  public void close() {
    instance.close();
  }
}
