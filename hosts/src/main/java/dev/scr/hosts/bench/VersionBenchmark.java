package dev.scr.hosts.bench;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.program.Handlers;
import dev.scr.hosts.program.ProgramObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Two versions of a program against each other, each on the JVM and in the kernel: paired, in
 * random order within a pair, and both loaded anew several times, because where code comes to lie
 * and what a compiler knew when it made it decide more than a few instructions do. Needs CAP_BPF
 * and CAP_NET_ADMIN.
 *
 * @param reloads times that both are loaded anew
 * @param rounds pairs of measurements for each load
 * @param packets for each measurement
 * @param seed makes the same traffic and the same order again
 */
public record VersionBenchmark(int reloads, int rounds, int packets, long seed) {
  private static final int WARM_UP_RUNS = 4;

  /** What runs a version, made anew for each load, of which it is given the number. */
  private record Versions(IntFunction<EngineLoop> before, IntFunction<EngineLoop> after) {}

  /**
   * The handler of a program as clang made it and as it was optimized, fed with frames.
   *
   * @param progress is told of every load that is done
   * @throws dev.scr.linux.object.KernelRefusal if the kernel does not run the programs
   */
  public List<VersionComparison> handlers(HandlerCase measured, IntConsumer progress) {
    WorkerFrames frames =
        WorkerFrames.of(ProgramObject.of(measured.program(), Handlers.ORIGINAL), measured, seed);
    ProgramSpec before = fed(measured, Handlers.ORIGINAL, frames);
    ProgramSpec after = fed(measured, Handlers.OPTIMIZED, frames);
    String name = measured.program().programName();
    return List.of(
        compare(
            name,
            "jvm",
            new Versions(
                load -> new EngineLoop.Jvm(compiledAnew(before, load), frames),
                load -> new EngineLoop.Jvm(compiledAnew(after, load), frames)),
            progress),
        compare(
            name,
            "kernel",
            new Versions(
                _ -> new EngineLoop.Kernel(before, frames),
                _ -> new EngineLoop.Kernel(after, frames)),
            progress));
  }

  /** The JVM keeps a program's code by its name, by the first part of it; the kernel keeps none. */
  private static ProgramSpec compiledAnew(ProgramSpec spec, int load) {
    return spec.named(load + "." + spec.name());
  }

  private static ProgramSpec fed(HandlerCase measured, Handlers handlers, WorkerFrames frames) {
    ProgramSpec handler =
        ProgramObject.of(measured.program(), handlers)
            .object()
            .program(ProgramObject.SCR)
            .orElseThrow();
    return FedHandler.of(handler, frames, measured.workers());
  }

  /**
   * Any two XDP programs with the same maps, on one frame over and over.
   *
   * @throws dev.scr.linux.object.KernelRefusal if the kernel does not run the programs
   */
  public VersionComparison inKernel(
      String name, ProgramSpec before, ProgramSpec after, byte[] frame, IntConsumer progress) {
    return compare(
        name,
        "kernel",
        new Versions(
            _ -> new EngineLoop.Kernel(before, frame), _ -> new EngineLoop.Kernel(after, frame)),
        progress);
  }

  /** The same on the JVM. */
  public VersionComparison onJvm(
      String name, ProgramSpec before, ProgramSpec after, byte[] frame, IntConsumer progress) {
    return compare(
        name,
        "jvm",
        new Versions(
            load -> new EngineLoop.Jvm(compiledAnew(before, load), frame),
            load -> new EngineLoop.Jvm(compiledAnew(after, load), frame)),
        progress);
  }

  private VersionComparison compare(
      String name, String engine, Versions versions, IntConsumer progress) {
    List<Double> beforeNs = new ArrayList<>();
    List<Double> afterNs = new ArrayList<>();
    List<List<Double>> ratios = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(seed);
    for (int load = 0; load < reloads; load++) {
      List<Double> ratiosOfLoad = new ArrayList<>();
      try (EngineLoop before = versions.before.apply(load);
          EngineLoop after = versions.after.apply(load)) {
        warmUp(before, after);
        for (int round = 0; round < rounds; round++) {
          boolean first = random.nextBoolean();
          double early = perPacket(first ? before : after);
          double late = perPacket(first ? after : before);
          beforeNs.add(first ? early : late);
          afterNs.add(first ? late : early);
          ratiosOfLoad.add(afterNs.getLast() / beforeNs.getLast());
        }
      }
      ratios.add(ratiosOfLoad);
      progress.accept(load);
    }
    return new VersionComparison(
        name, engine, Statistics.median(beforeNs), Statistics.median(afterNs), ratios, seed);
  }

  /** Both equally often, until nothing of them waits for a compiler. */
  private void warmUp(EngineLoop before, EngineLoop after) {
    int most = 25 * WARM_UP_RUNS;
    for (int i = 0; i < WARM_UP_RUNS || (i < most && CompilerQueue.holdsPrograms()); i++) {
      before.run(packets);
      after.run(packets);
    }
  }

  private double perPacket(EngineLoop loop) {
    return (double) loop.run(packets) / packets;
  }
}
