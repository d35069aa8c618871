package dev.scr.hosts.bench;

import com.sun.management.ThreadMXBean;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.program.ProgramObject;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/**
 * The handlers on the JVM against the kernel's compiler: paired (every round runs both), in random
 * order within a round, and with both loaded anew several times, because where code and maps come
 * to lie decides more than chance within one load. Needs CAP_BPF and CAP_NET_ADMIN.
 *
 * @param reloads times that both are loaded anew
 * @param rounds pairs of measurements for each load
 * @param packets for each measurement; a call into the kernel sleeps before it starts, so take many
 * @param seed makes the same traffic and the same order again
 */
public record HandlerBenchmark(int reloads, int rounds, int packets, long seed) {
  /** The JVM compiles in the background: runs go on until this many bring nothing any more. */
  private static final int WARM_UP_PATIENCE = 3;

  private static final int WARM_UP_PACKETS = 200_000;
  private static final int MOST_WARM_UPS = 100;

  private static final double NO_BETTER = 0.97;

  /**
   * Compares. The calling thread runs everything.
   *
   * @param progress is told of every load that is done
   * @throws dev.scr.linux.object.KernelRefusal if the kernel does not run the programs
   * @throws IllegalStateException if the engines' states differ at the end of a load
   */
  public HandlerComparison compare(HandlerCase measured, IntConsumer progress) {
    return compare(ProgramObject.of(measured.program()), measured, progress);
  }

  /** The same for a program with other parameters than its defaults. */
  public HandlerComparison compare(
      ProgramObject object, HandlerCase measured, IntConsumer progress) {
    WorkerFrames frames = WorkerFrames.of(object, measured, seed);
    ProgramSpec handler = object.object().program(ProgramObject.SCR).orElseThrow();
    ProgramSpec fed = FedHandler.of(handler, frames, measured.workers());
    ProgramSpec prelude = FedHandler.preludeOnly(frames, measured.workers());
    Samples all = new Samples();
    List<Double> ratios = new ArrayList<>();
    List<HandlerComparison.Load> loads = new ArrayList<>();
    for (int load = 0; load < reloads; load++) {
      Samples ofLoad = load(fed, prelude, frames, new SplittableRandom(seed + load));
      ratios.add(Statistics.median(ofLoad.ratio));
      loads.add(ofLoad.medians());
      all.addAll(ofLoad);
      progress.accept(load);
    }
    return new HandlerComparison(
        measured,
        Statistics.median(all.jvm),
        Statistics.median(all.kernel),
        Statistics.median(all.jvmPrelude),
        Statistics.median(all.kernelPrelude),
        ratios,
        loads,
        Statistics.median(all.bytes));
  }

  /** What was measured, round by round, per packet. */
  private static final class Samples {
    private final List<Double> jvm = new ArrayList<>();
    private final List<Double> kernel = new ArrayList<>();
    private final List<Double> jvmPrelude = new ArrayList<>();
    private final List<Double> kernelPrelude = new ArrayList<>();
    private final List<Double> ratio = new ArrayList<>();
    private final List<Double> bytes = new ArrayList<>();

    HandlerComparison.Load medians() {
      return new HandlerComparison.Load(
          HandlerComparison.Cost.of(jvm, jvmPrelude),
          HandlerComparison.Cost.of(kernel, kernelPrelude));
    }

    void addAll(Samples other) {
      jvm.addAll(other.jvm);
      kernel.addAll(other.kernel);
      jvmPrelude.addAll(other.jvmPrelude);
      kernelPrelude.addAll(other.kernelPrelude);
      ratio.addAll(other.ratio);
      bytes.addAll(other.bytes);
    }
  }

  private Samples load(
      ProgramSpec fed, ProgramSpec prelude, WorkerFrames frames, SplittableRandom random) {
    Samples samples = new Samples();
    try (EngineLoop jvm = new EngineLoop.Jvm(fed, frames);
        EngineLoop kernel = new EngineLoop.Kernel(fed, frames);
        EngineLoop jvmPrelude = new EngineLoop.Jvm(prelude, frames);
        EngineLoop kernelPrelude = new EngineLoop.Kernel(prelude, frames)) {
      warmUp(jvm, kernel);
      warmUp(jvmPrelude, kernelPrelude);
      for (int round = 0; round < rounds; round++) {
        pair(jvm, kernel, samples, random.nextBoolean());
        samples.jvmPrelude.add(perPacket(jvmPrelude.run(packets)));
        samples.kernelPrelude.add(perPacket(kernelPrelude.run(packets)));
      }
      compareStates(jvm, kernel);
    }
    return samples;
  }

  /**
   * Runs both equally often, until the JVM's best time has not become better for a while and
   * nothing of it waits for a compiler.
   */
  private static void warmUp(EngineLoop jvm, EngineLoop kernel) {
    double best = Double.MAX_VALUE;
    int inVain = 0;
    for (int i = 0; i < MOST_WARM_UPS && inVain < WARM_UP_PATIENCE; i++) {
      kernel.run(WARM_UP_PACKETS);
      double now = jvm.run(WARM_UP_PACKETS);
      inVain = CompilerQueue.holdsPrograms() || now < NO_BETTER * best ? 0 : inVain + 1;
      best = Math.min(best, now);
    }
  }

  private void pair(EngineLoop jvm, EngineLoop kernel, Samples samples, boolean kernelFirst) {
    double kernelNs = kernelFirst ? perPacket(kernel.run(packets)) : 0;
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().threadId();
    long before = threads.getThreadAllocatedBytes(self);
    double jvmNs = perPacket(jvm.run(packets));
    samples.bytes.add(perPacket(threads.getThreadAllocatedBytes(self) - before));
    if (!kernelFirst) {
      kernelNs = perPacket(kernel.run(packets));
    }
    samples.jvm.add(jvmNs);
    samples.kernel.add(kernelNs);
    samples.ratio.add(jvmNs / kernelNs);
  }

  private double perPacket(long amount) {
    return (double) amount / packets;
  }

  /** Both have handled the same packets; if they are not where they should be, nothing counts. */
  private static void compareStates(EngineLoop jvm, EngineLoop kernel) {
    for (String map : List.of(ProgramObject.STATE, ProgramObject.PROGRESS, FedHandler.CURSOR)) {
      if (!jvm.entries(map).equals(kernel.entries(map))) {
        throw new IllegalStateException(
            "map %s: expected the kernel's %s, found %s on the JVM"
                .formatted(map, kernel.entries(map), jvm.entries(map)));
      }
    }
  }
}
