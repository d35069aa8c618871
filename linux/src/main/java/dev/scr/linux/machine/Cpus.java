package dev.scr.linux.machine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.call.ThreadCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/** Processors as the scheduler numbers them, always from the calling thread's view. */
public final class Cpus {
  private static final int SMALLEST_MASK_BYTES = 128;
  private static final int LARGEST_MASK_BYTES = 1 << 16;

  private static final int POSSIBLE = readPossible();

  private Cpus() {}

  /** The processors that the calling thread may run on, ascending. */
  public static List<Integer> usable() {
    return affinity().stream().boxed().toList();
  }

  /**
   * How many processors the kernel reckons with, present or not: the width of per-processor map
   * values.
   */
  public static int possible() {
    return POSSIBLE;
  }

  /** One more than the highest number in a list such as {@code 0-3,8}. */
  static int count(String list) {
    String last = list.strip();
    last = last.substring(Math.max(last.lastIndexOf(','), last.lastIndexOf('-')) + 1);
    return Integer.parseInt(last) + 1;
  }

  private static int readPossible() {
    try {
      return count(Files.readString(Path.of("/sys/devices/system/cpu/possible")));
    } catch (IOException | NumberFormatException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  /** The processor that the calling thread runs on just now. */
  public static int current() {
    return ThreadCalls.currentCpu();
  }

  /**
   * Nanoseconds of processor time that the calling thread has used: the clock for cost per packet
   * on a shared machine.
   */
  public static long threadTimeNs() {
    return ThreadCalls.clockNs(ThreadCalls.CLOCK_THREAD_CPUTIME);
  }

  /**
   * Keeps the calling platform thread on one processor. Threads that it starts later inherit that,
   * so pin inside the worker and not in the thread that starts workers.
   *
   * @return undoes the pinning; close it in the same thread
   * @throws SystemCallException EINVAL when the processor doesn't exist or this process may not use
   *     it
   */
  public static Pin pin(int cpu) {
    if (cpu < 0 || cpu >= LARGEST_MASK_BYTES * 8) {
      throw new IllegalArgumentException(
          "cpu=" + cpu + ": expected 0.." + (LARGEST_MASK_BYTES * 8 - 1));
    }
    BitSet before = affinity();
    BitSet only = new BitSet();
    only.set(cpu);
    int result = setAffinity(only);
    if (result < 0) {
      throw new SystemCallException(
          "pin thread " + Thread.currentThread().getName() + " to cpu " + cpu,
          -result,
          "usable are " + before);
    }
    return new Pin(Thread.currentThread(), cpu, before);
  }

  private static BitSet affinity() {
    try (Arena arena = Arena.ofConfined()) {
      for (int bytes = SMALLEST_MASK_BYTES; ; bytes *= 2) {
        MemorySegment mask = arena.allocate(bytes, 8);
        int result = ThreadCalls.getAffinity(mask);
        if (result != -Errno.EINVAL || bytes >= LARGEST_MASK_BYTES) {
          SystemCallException.check(result, "read the affinity of the calling thread");
          return BitSet.valueOf(mask.toArray(JAVA_BYTE));
        }
      }
    }
  }

  private static int setAffinity(BitSet cpus) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] bits = cpus.toByteArray();
      MemorySegment mask = arena.allocate(Math.max(SMALLEST_MASK_BYTES, (bits.length + 7) & ~7), 8);
      MemorySegment.copy(bits, 0, mask, JAVA_BYTE, 0, bits.length);
      return ThreadCalls.setAffinity(mask);
    }
  }

  /** A thread held on one processor until this is closed. */
  public static final class Pin implements AutoCloseable {
    private final Thread thread;
    private final int cpu;
    private final BitSet before;

    private Pin(Thread thread, int cpu, BitSet before) {
      this.thread = thread;
      this.cpu = cpu;
      this.before = before;
    }

    public int cpu() {
      return cpu;
    }

    /** Lets the thread run again wherever it could before. */
    @Override
    public void close() {
      if (Thread.currentThread() != thread) {
        throw new IllegalStateException(
            "unpin: expected thread "
                + thread.getName()
                + ", found "
                + Thread.currentThread().getName());
      }
      SystemCallException.check(setAffinity(before), "restore affinity " + before);
    }
  }
}
