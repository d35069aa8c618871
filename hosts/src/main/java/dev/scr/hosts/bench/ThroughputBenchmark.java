package dev.scr.hosts.bench;

import dev.scr.hosts.bench.Contestant.Role;
import dev.scr.hosts.bench.ThroughputFindings.Conditions;
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
import java.util.ArrayList;
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

  private static final double LOAD_OF_LATENCIES = 0.8;

  private final ThroughputPlan plan;
  private final Random random;
  private final List<Point> points = new ArrayList<>();
  private final List<Model> models = new ArrayList<>();
  private final List<Prediction> predictions = new ArrayList<>();
  private final List<Interference> interferences = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private int samples;
  private int disturbed;
  private long patienceNs;

  /** A benchmark on all cores that this process may use. */
  public ThroughputBenchmark(ThroughputPlan plan) {
    this.plan = plan;
    this.random = new Random(plan.seed());
    this.patienceNs = plan.effort().patienceMs() * 1_000_000L;
  }

  /**
   * Runs all of it.
   *
   * @param progress is told of every step that is done
   * @throws IllegalArgumentException if a trace has no packet that a program looks at
   */
  public ThroughputFindings run(IntConsumer progress) throws InterruptedException {
    PhysicalCores cores = PhysicalCores.find(Cpus.usable());
    int step = 0;
    for (PacketProgram program : plan.programs()) {
      ProgramObject object = ProgramObject.of(program);
      try (Team team = new Team(object, cores)) {
        boolean cold = true;
        for (NamedTrace trace : plan.traces()) {
          int most = plan.effort().packetsOfTrace();
          Workload compared = new Workload(object, trace.compared(), most);
          Workload fitted = new Workload(object, trace.fitted(), most);
          List<Contestant> contestants = contestants(team, program, compared, fitted);
          for (Dispatch dispatch : plan.dispatches()) {
            if (prepare(team, contestants, dispatch)) {
              if (cold) {
                WarmUp.run(team, contestants, plan.effort().warmUpMs());
                cold = false;
              }
              measure(team, contestants, new Setting(program, trace.name(), dispatch + ""));
            }
            progress.accept(++step);
          }
        }
      }
    }
    Conditions conditions = new Conditions(cores.cpus(), cores.cores(), samples, disturbed);
    return new ThroughputFindings(conditions, points, models, predictions, interferences, remarks);
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

  private void measure(Team team, List<Contestant> contestants, Setting setting)
      throws InterruptedException {
    Rounds rounds = new Rounds(team, plan.effort(), patienceNs, random);
    rounds.run(contestants);
    patienceNs = rounds.patienceNs();
    samples += rounds.samples();
    disturbed += rounds.disturbed();
    if (rounds.crowded()) {
      remarks.add(
          "%s, %s, %s: something outside had a part of the cores all the while; core_share says how much was left"
              .formatted(setting.program().programName(), setting.trace(), setting.dispatch()));
    }
    conclude(team, contestants, setting);
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
    double alone = half.nsPerPacket();
    double together = pair.nsPerPacket();
    return new Interference(setting, alone, together, together / alone);
  }

  private Point measured(Team team, Contestant c, Setting setting) throws InterruptedException {
    double saturated = c.perSecond(false);
    Double lossFree = null;
    Histogram latencies = null;
    if (!setting.dispatch().equals(new Dispatch.Loopback().toString())) {
      lossFree = LossFreeRate.search(team, c, saturated, plan.effort());
      if (lossFree == null) {
        remarks.add(
            "%s, %s, %d workers: no rate without loss down to a %dth of the saturated one; something else has the cores"
                .formatted(setting, c.strategy(), c.workers(), LossFreeRate.LOWEST_OFFER));
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
        c.coreShare(team),
        percentile(latencies, 50),
        percentile(latencies, 99),
        percentile(latencies, 99.9),
        lossFree == null ? null : 0.0);
  }

  private static @Nullable Double percentile(@Nullable Histogram latencies, double percent) {
    return latencies == null ? null : (double) latencies.getValueAtPercentile(percent);
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
                point.saturatedPerSecond() / one,
                point.coreShare()));
      }
    }
  }
}
