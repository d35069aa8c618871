package dev.scr.ebpf.machine;

import dev.scr.ebpf.map.BpfMap;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Two cache lines behind what a program's thread writes, as {@link EnvironmentPadding} in front.
 */
final class PaddedEnvironment extends Environment {
  long q00;
  long q01;
  long q02;
  long q03;
  long q04;
  long q05;
  long q06;
  long q07;
  long q08;
  long q09;
  long q10;
  long q11;
  long q12;
  long q13;
  long q14;
  long q15;

  PaddedEnvironment(List<BpfMap> maps, LongSupplier clock, int cpu, long seed, Arena arena) {
    super(maps, clock, cpu, seed, arena);
  }
}
