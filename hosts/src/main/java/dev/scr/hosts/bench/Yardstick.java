package dev.scr.hosts.bench;

import dev.scr.linux.machine.Cpus;

/**
 * A fixed piece of work that needs nothing but the units of a processor core and 8 KiB of its first
 * cache: what it takes says how much of the core its thread has just now. Two hardware threads of
 * one core share its units, be the other one ours or that of another machine on the same host,
 * which no clock, counter or load average of this machine shows. Many operations are ready at any
 * time, as in a program that handles packets; a chain of dependent ones would not notice company.
 *
 * <p>For one thread, which makes it, so that its memory is that thread's.
 */
final class Yardstick {
  private static final int WORDS = 512;
  private static final int ROUND = 2_000;
  private static final int ROUNDS = 12;

  private final long[] read = new long[WORDS + 8];
  private final long[] written = new long[WORDS];
  private long sum;

  /** Nanoseconds of processor time for a step; takes some 30 microseconds. */
  double ns() {
    return ns(ROUNDS);
  }

  /** The same over so many rounds of about 3 microseconds. */
  double ns(int rounds) {
    long before = Cpus.threadTimeNs();
    for (int round = 0; round < rounds; round++) {
      sum += steps();
    }
    return (double) (Cpus.threadTimeNs() - before) / rounds / ROUND;
  }

  private long steps() {
    long a = sum;
    long b = 1;
    long c = 2;
    long d = 3;
    for (int i = 0; i < ROUND; i++) {
      int at = (8 * i) & (WORDS - 1);
      a += read[at] ^ i;
      b += read[at + 1] >>> 1;
      c ^= read[at + 2] + i;
      d ^= read[at + 3];
      written[i & (WORDS - 1)] = a;
      if (read[at + 4] != 0) {
        a++;
      }
      if (read[at + 5] != 0) {
        b++;
      }
    }
    return a ^ b ^ c ^ d;
  }
}
