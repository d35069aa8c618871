package dev.scr.hosts.bench;

import dev.scr.hosts.bench.Contestant.Role;
import dev.scr.hosts.bench.ThroughputFindings.Interference;
import dev.scr.hosts.bench.ThroughputFindings.Model;
import dev.scr.hosts.bench.ThroughputFindings.Point;
import dev.scr.hosts.bench.ThroughputFindings.Prediction;
import dev.scr.hosts.bench.ThroughputFindings.Setting;
import dev.scr.hosts.bench.ThroughputPlan.NamedTrace;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.linux.machine.Cpus;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The strategies against each other on this machine. Everything about one program, trace and
 * dispatch is measured in the same rounds, in random order, so that whatever else runs here
 * disturbs all alike. Where there are more workers than cores, one worker runs alone, and its time,
 * stretched by what two workers were seen to cost each other, stands for all: such points are not
 * measured, and say so.
 */
public final class ThroughputBenchmark {
  /** Depths of the model: what a worker applies of history. */
  private static final List<Integer> DEPTHS = List.of(0, 1, 2, 3, 5, 9, 14);

  /** The lowest rate that is offered, as a part of the saturated one. */
  private static final int LOWEST_OFFER = 1_000;

  private static final double HIGHEST_OFFER = 1.1;
  private static final double LOAD_OF_LATENCIES = 0.8;
  private static final int LONGEST_SAMPLE_PACKETS = 400_000;
  private static final int WARM_UP_PACKETS = 8_192;
  private static final int PATIENCE = 4;
  private static final int MOST_WARM_UPS = 6;
  private static final int COMPILER_MS = 20;
  private static final double WAITS_FOR_COMPILER = 2.5;
  private static final double NO_BETTER = 0.97;

  private final ThroughputPlan plan;
  private final List<Integer> cpus;
  private final Random random;
  private final List<Point> points = new ArrayList<>();
  private final List<Model> models = new ArrayList<>();
  private final List<Prediction> predictions = new ArrayList<>();
  private final List<Interference> interferences = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /** A benchmark on all cores that this process may use. */
  public ThroughputBenchmark(ThroughputPlan plan) {
    this.plan = plan;
    this.cpus = Cpus.usable();
    this.random = new Random(plan.seed());
  }

  /**
   * Runs all of it.
   *
   * @param progress is told of every step that is done
   * @throws IllegalArgumentException if a trace has no packet that a program looks at
   */
  public ThroughputFindings run(IntConsumer progress) throws InterruptedException {
    int step = 0;
    for (PacketProgram program : plan.programs()) {
      ProgramObject object = ProgramObject.of(program);
      try (Team team = new Team(object, cpus)) {
        boolean cold = true;
        for (NamedTrace trace : plan.traces()) {
          int most = plan.effort().packetsOfTrace();
          Workload compared = new Workload(object, trace.compared(), most);
          Workload fitted = new Workload(object, trace.fitted(), most);
          List<Contestant> contestants = contestants(team, program, compared, fitted);
          for (Dispatch dispatch : plan.dispatches()) {
            if (prepare(team, contestants, dispatch)) {
              if (cold) {
                warmUp(team, contestants);
                cold = false;
              }
              measure(team, contestants, new Setting(program, trace.name(), dispatch + ""));
            }
            progress.accept(++step);
          }
        }
      }
    }
    return new ThroughputFindings(points, models, predictions, interferences, remarks);
  }

  /** Whether this machine can dispatch in this way; if not, the remarks say why. */
  private boolean prepare(Team team, List<Contestant> contestants, Dispatch dispatch)
      throws InterruptedException {
    team.fromMemory();
    Optional<String> lacking =
        dispatch instanceof Dispatch.Loopback ? VethLoop.lacks() : Optional.empty();
    if (lacking.isEmpty()) {
      try {
        team.dispatch(dispatch, longest(contestants));
      } catch (IOException e) {
        lacking = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    String remark = dispatch + " not measured: " + lacking.orElse("");
    if (lacking.isPresent() && !remarks.contains(remark)) {
      remarks.add(remark);
    }
    contestants.forEach(contestant -> contestant.samples().clear());
    team.forget();
    return lacking.isEmpty();
  }

  private static int longest(List<Contestant> contestants) {
    return contestants.stream()
        .flatMap(contestant -> contestant.lanes().stream())
        .mapToInt(Lane::longest)
        .max()
        .orElse(0);
  }

  private List<Contestant> contestants(
      Team team, PacketProgram program, Workload compared, Workload fitted) {
    List<Contestant> all = new ArrayList<>();
    all.add(Contestant.of(Role.IDLE, Strategy.SCR, 1, team.idle(), fitted.sequenced(1)));
    for (int depth : DEPTHS) {
      if (depth <= program.maxDepth()) {
        List<Lane> lanes = fitted.sequenced(depth + 1).subList(0, 1);
        all.add(
            Contestant.of(Role.FITTED, Strategy.SCR, depth + 1, team.workers(Strategy.SCR), lanes));
      }
    }
    for (Strategy strategy : plan.strategies()) {
      List<WorkerLoop> loops = team.workers(strategy);
      for (int workers : plan.workers()) {
        boolean spreads = strategy != Strategy.SEQUENTIAL || workers == 1;
        boolean carried = strategy != Strategy.SCR || workers <= program.maxDepth() + 1;
        if (loops.isEmpty() || !spreads || !carried) {
          continue;
        }
        List<Lane> lanes = lanes(compared, strategy, workers);
        if (workers <= team.cores()) {
          all.add(Contestant.of(Role.TOGETHER, strategy, workers, loops, lanes));
        }
        // Nobody knows what more cores would make of a state that they share.
        if (strategy == Strategy.SCR || (strategy.isSharded() && workers > team.cores())) {
          all.add(Contestant.of(Role.ALONE, strategy, workers, loops, List.of(busiest(lanes))));
        }
      }
    }
    return all;
  }

  private static List<Lane> lanes(Workload workload, Strategy strategy, int workers) {
    return switch (strategy) {
      case SCR -> workload.sequenced(workers);
      case SEQUENTIAL, SHARED_ATOMIC, SHARED_LOCK -> workload.sprayed(workers);
      case SHARDED -> workload.sharded(workers);
      case REBALANCED -> workload.rebalanced(workers);
    };
  }

  private static Lane busiest(List<Lane> lanes) {
    return lanes.stream().max((a, b) -> Integer.compare(a.size(), b.size())).orElseThrow();
  }

  /**
   * The JVM compiles in the background: everything runs in turn until nothing has been compiled and
   * nothing has become better for a while. On a busy machine the compiler, too, has to wait for the
   * processor: so replicas that are much slower than the sequential program go on waiting for it.
   */
  private void warmUp(Team team, List<Contestant> contestants) throws InterruptedException {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    long least = System.nanoTime() + plan.effort().warmUpMs() * 1_000_000L;
    long most = System.nanoTime() + 1_000_000L * MOST_WARM_UPS * plan.effort().warmUpMs();
    double[][] best = new double[contestants.size()][];
    int inVain = 0;
    while (System.nanoTime() < most && (inVain < PATIENCE || System.nanoTime() < least)) {
      long compiled = compiler.getTotalCompilationTime();
      double before = sum(best);
      for (int i = 0; i < best.length; i++) {
        Contestant c = contestants.get(i);
        double[] now = team.saturate(c.loops(), c.lanes(), WARM_UP_PACKETS).processor();
        if (best[i] == null) {
          best[i] = now;
        }
        for (int worker = 0; worker < now.length; worker++) {
          best[i][worker] = Math.min(best[i][worker], now[worker]);
        }
      }
      Thread.sleep(COMPILER_MS);
      // Of many workers one is always better than ever before: all together must be.
      boolean settled =
          sum(best) > NO_BETTER * before && compiler.getTotalCompilationTime() == compiled;
      inVain = settled && !waits(contestants, best) ? inVain + 1 : 0;
    }
    team.forget();
  }

  private static double sum(double[][] ns) {
    return Arrays.stream(ns)
        .mapToDouble(each -> each == null ? Double.POSITIVE_INFINITY : Arrays.stream(each).sum())
        .sum();
  }

  /** Whether the slowest replica is still far behind the sequential program, or the fastest one. */
  private static boolean waits(List<Contestant> contestants, double[][] best) {
    double sequential = Double.MAX_VALUE;
    double fastest = Double.MAX_VALUE;
    double slowest = 0;
    for (int i = 0; i < best.length; i++) {
      Contestant c = contestants.get(i);
      if (c.role() == Role.TOGETHER && c.strategy() == Strategy.SCR && c.workers() <= 2) {
        fastest = Math.min(fastest, Arrays.stream(best[i]).min().orElseThrow());
        slowest = Math.max(slowest, Arrays.stream(best[i]).max().orElseThrow());
      } else if (c.strategy() == Strategy.SEQUENTIAL) {
        sequential = best[i][0];
      }
    }
    return slowest > WAITS_FOR_COMPILER * Math.min(sequential, fastest);
  }

  private void measure(Team team, List<Contestant> contestants, Setting setting)
      throws InterruptedException {
    List<Contestant> order = new ArrayList<>(contestants);
    int[] packets = new int[contestants.size()];
    for (int i = 0; i < packets.length; i++) {
      packets[i] = packetsOfSample(team, contestants.get(i));
    }
    for (int round = 0; round < plan.effort().rounds(); round++) {
      Collections.shuffle(order, random);
      for (Contestant c : order) {
        int count = packets[contestants.indexOf(c)];
        c.samples().add(team.saturate(c.loops(), c.lanes(), count));
      }
    }
    conclude(team, contestants, setting);
  }

  /** Packets that take the time of a sample, by the best of some short runs. */
  private int packetsOfSample(Team team, Contestant c) throws InterruptedException {
    double ns = Double.MAX_VALUE;
    for (int trial = 0; trial < 4; trial++) {
      ns = Math.min(ns, c.meanNs(team.saturate(c.loops(), c.lanes(), 32 * WorkerLoop.BATCH)));
    }
    return (int) Math.clamp(plan.effort().sampleMs() * 1e6 / ns, 1_000, LONGEST_SAMPLE_PACKETS);
  }

  private void conclude(Team team, List<Contestant> contestants, Setting setting)
      throws InterruptedException {
    Model model = fit(contestants, setting);
    models.add(model);
    double stretch = 1;
    Optional<Contestant> pair = find(contestants, Role.TOGETHER, Strategy.SCR, 2);
    Optional<Contestant> half = find(contestants, Role.ALONE, Strategy.SCR, 2);
    if (pair.isPresent() && half.isPresent()) {
      Interference found = interference(setting, half.get(), pair.get());
      interferences.add(found);
      stretch = Math.max(1, found.factor());
    }
    List<Point> here = new ArrayList<>();
    for (Contestant c : contestants) {
      switch (c.role()) {
        case TOGETHER -> here.add(measured(team, c, setting));
        case ALONE -> {
          if (c.workers() > team.cores()) {
            here.add(projected(c, setting, stretch));
          }
        }
        case FITTED, IDLE -> {}
      }
    }
    points.addAll(here);
    predict(here, model);
  }

  private static Optional<Contestant> find(
      List<Contestant> contestants, Role role, Strategy strategy, int workers) {
    return contestants.stream()
        .filter(c -> c.role() == role && c.strategy() == strategy && c.workers() == workers)
        .findFirst();
  }

  private static Model fit(List<Contestant> contestants, Setting setting) {
    List<CostModel.Point> costs = new ArrayList<>();
    double idle = 0;
    for (Contestant c : contestants) {
      if (c.role() == Role.FITTED) {
        costs.add(new CostModel.Point(c.workers() - 1, c.nsPerPacket()));
      } else if (c.role() == Role.IDLE) {
        idle = c.nsPerPacket();
      }
    }
    CostModel line = CostModel.of(costs);
    double t = line.c1Ns();
    return new Model(setting, t, t - idle, line.c2Ns(), idle, line.r2());
  }

  private static Interference interference(Setting setting, Contestant half, Contestant pair) {
    List<Double> factors = new ArrayList<>();
    for (int round = 0; round < pair.samples().size(); round++) {
      factors.add(pair.meanNs(pair.samples().get(round)) / half.meanNs(half.samples().get(round)));
    }
    return new Interference(
        setting, half.nsPerPacket(), pair.nsPerPacket(), Statistics.median(factors));
  }

  private Point measured(Team team, Contestant c, Setting setting) throws InterruptedException {
    double saturated = c.perSecond(false);
    Double lossFree = null;
    Histogram latencies = null;
    if (!setting.dispatch().equals(new Dispatch.Loopback().toString())) {
      lossFree = lossFree(team, c, saturated);
      if (lossFree == null) {
        remarks.add(
            "%s, %s, %d workers: no rate without loss down to a %dth of the saturated one; something else has the cores"
                .formatted(setting, c.strategy(), c.workers(), LOWEST_OFFER));
      } else {
        latencies =
            team.latencies(
                c.loops(), c.lanes(), LOAD_OF_LATENCIES * lossFree, plan.effort().trialMs());
      }
    }
    return new Point(
        setting,
        c.strategy(),
        c.workers(),
        true,
        lossFree,
        saturated,
        c.perSecond(true),
        c.nsPerPacket(),
        percentile(latencies, 50),
        percentile(latencies, 99),
        percentile(latencies, 99.9),
        lossFree == null ? null : 0.0);
  }

  private static @Nullable Double percentile(@Nullable Histogram latencies, double percent) {
    return latencies == null ? null : (double) latencies.getValueAtPercentile(percent);
  }

  /**
   * The highest rate without loss, by halving (RFC 2544, section 26.1): as many trials as planned,
   * and more while none is without loss. Null if there is none.
   */
  private @Nullable Double lossFree(Team team, Contestant c, double saturated)
      throws InterruptedException {
    double good = 0;
    double bad = HIGHEST_OFFER * saturated;
    double lowest = saturated / LOWEST_OFFER;
    for (int trial = 0; trial < plan.effort().trials() || (good == 0 && bad > lowest); trial++) {
      double rate = (good + bad) / 2;
      if (team.offer(c.loops(), c.lanes(), rate, plan.effort().trialMs()).lost() == 0) {
        good = rate;
      } else {
        bad = rate;
      }
    }
    return good == 0 ? null : good;
  }

  private static Point projected(Contestant c, Setting setting, double stretch) {
    double ns = c.nsPerPacket() * stretch;
    double share = c.strategy() == Strategy.SCR ? 1.0 / c.workers() : c.lanes().get(0).share();
    return new Point(
        setting,
        c.strategy(),
        c.workers(),
        false,
        null,
        1e9 / ns / share,
        null,
        ns,
        null,
        null,
        null,
        null);
  }

  private void predict(List<Point> here, Model model) {
    double one =
        here.stream()
            .filter(p -> p.strategy() == Strategy.SCR && p.workers() == 1)
            .mapToDouble(Point::saturatedPerSecond)
            .findFirst()
            .orElse(Double.NaN);
    for (Point point : here) {
      if (point.strategy() == Strategy.SCR) {
        predictions.add(
            new Prediction(
                point.setting(),
                point.workers(),
                point.measured(),
                model.predicted(point.workers()),
                point.saturatedPerSecond(),
                point.saturatedPerSecond() / one));
      }
    }
  }
}
