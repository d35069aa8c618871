package dev.scr.hosts.bench;

import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import dev.scr.pipeline.PacketProgram;
import java.util.List;

/**
 * What a benchmark of throughput does.
 *
 * @param programs that are measured
 * @param strategies that are compared
 * @param workers numbers of workers; those beyond the machine's cores are projected
 * @param traces by which programs are driven
 * @param dispatches in front of the handler
 * @param effort how long it takes
 * @param seed of the order in which things are measured
 */
public record ThroughputPlan(
    List<PacketProgram> programs,
    List<Strategy> strategies,
    List<Integer> workers,
    List<NamedTrace> traces,
    List<Dispatch> dispatches,
    Effort effort,
    long seed) {
  public ThroughputPlan {
    programs = List.copyOf(programs);
    strategies = List.copyOf(strategies);
    workers = List.copyOf(workers);
    traces = List.copyOf(traces);
    dispatches = List.copyOf(dispatches);
  }

  /**
   * A trace with its name, and another one of the same kind, on which the model is fitted: what is
   * predicted must not have been fitted.
   */
  public record NamedTrace(String name, Trace compared, Trace fitted) {}

  /**
   * How long it takes.
   *
   * @param packetsOfTrace packets that a trace is cut to
   * @param rounds in each of which everything is measured once, in random order
   * @param sampleMs processor time that one sample takes, about
   * @param warmUpMs for each program, at least
   * @param trialMs of one trial at an offered rate
   * @param trials of the search for the highest loss-free rate; each halves the interval
   * @param patienceMs how long disturbed samples are taken again, over all of the benchmark
   */
  public record Effort(
      int packetsOfTrace,
      int rounds,
      int sampleMs,
      int warmUpMs,
      int trialMs,
      int trials,
      int patienceMs) {
    /** For figures that mean something. */
    public static final Effort FULL = new Effort(4_096, 11, 2, 4_000, 10, 7, 120_000);

    /** For tests of the machinery: figures mean nothing. */
    public static final Effort QUICK = new Effort(512, 2, 1, 50, 5, 3, 50);
  }

  /** Steps of which a benchmark tells when they are done. */
  public int steps() {
    return programs.size() * traces.size() * dispatches.size();
  }
}
