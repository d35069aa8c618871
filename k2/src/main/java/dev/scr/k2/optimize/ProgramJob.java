package dev.scr.k2.optimize;

import com.sun.management.OperatingSystemMXBean;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.proof.Verdict;
import dev.scr.k2.validate.KernelGate;
import dev.scr.k2.validate.KernelVerdict;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * The work on one program. What has passed every gate is published at once, so that whoever waits
 * can take the best at any time and leave the rest. Run by one thread; {@link #result} by any.
 */
final class ProgramJob implements Runnable, Gates.Passed {
  private static final int ROUNDS = 8;
  private static final String LEFT_OUT = "the gates turned away, and all else was done without: ";

  /**
   * Steps of the verifier from which on it is asked once for all that a stage has found, not for
   * each change; if it refuses, the longest beginning that it accepts is taken. Later rounds ask
   * each time.
   */
  private static final long SLOW_TO_VERIFY = 50_000;

  private final ProgramFile file;
  private final ProgramSpec original;
  private final OptimizerOptions options;
  private final Progress progress;
  private final LongPredicate over;
  private final BooleanSupplier stop;
  private final List<Stage> stages;
  private final SharedFunctions shared;
  private final long startNs = System.nanoTime();
  private final long startCpuNs = cpuNs();

  private final List<String> wrong = new CopyOnWriteArrayList<>();
  private volatile long gatesNs;
  private volatile String doing = "the verifier is asked about the original";
  private volatile State state;

  /**
   * What is known so far.
   *
   * @param reason why the best is not better
   * @param before what the verifier said of the original
   */
  private record State(Finding best, String reason, KernelVerdict before, boolean complete) {
    static State of(ProgramSpec original, KernelVerdict before) {
      return new State(Finding.unchanged(original, before), "", before, false);
    }

    State because(String why) {
      return new State(best, why, before, complete);
    }

    State with(Finding found) {
      return new State(found, reason, before, complete);
    }

    State done(boolean all) {
      return new State(best, reason, before, all);
    }

    ProgramSpec program() {
      return best.program();
    }
  }

  /**
   * Work that has yet to be run.
   *
   * @param over whether work has to come to its end, if gates take so many nanoseconds for what it
   *     has found; asked often
   */
  ProgramJob(
      ProgramFile file,
      ProgramSpec original,
      OptimizerOptions options,
      List<Stage> stages,
      SharedFunctions shared,
      Progress progress,
      LongPredicate over) {
    this.shared = shared;
    this.file = file;
    this.original = original;
    this.options = options;
    this.stages = stages;
    this.progress = progress;
    this.over = over;
    this.stop = () -> this.over.test(gatesNs);
    this.state = State.of(original, new KernelVerdict.NotAvailable("not asked yet"));
  }

  private static long cpuNs() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  @Override
  public void run() {
    try (KernelGate gate =
        options.acceptance().kernel() ? KernelGate.open(file) : KernelGate.closed("not wanted")) {
      KernelVerdict before = gate.judge(original);
      state = State.of(original, before);
      if (before.refused() && !options.acceptance().force()) {
        state =
            state
                .because(
                    "the kernel refuses the program as it is; --force optimizes it all the same: "
                        + before.logTail())
                .done(true);
        return;
      }
      try (Gates gates =
          new Gates(
              file,
              original,
              before,
              gate,
              options,
              this,
              () -> Thread.currentThread().isInterrupted())) {
        work(gates);
      }
    } catch (BpfException e) {
      state = state.because("left as it is: " + e.getMessage()).done(true);
    }
  }

  private void work(Gates gates) {
    if (!takeShared(gates) || (resumed(gates) && state.complete())) {
      return;
    }
    List<Stage> possible = possible(gates);
    boolean improved = !possible.isEmpty();
    for (int round = 0; improved && round < ROUNDS && !stop.getAsBoolean(); round++) {
      improved = false;
      for (Stage stage : possible) {
        if (!stop.getAsBoolean()) {
          progress.report(original, stage.name(), state.program().code().slots());
          improved |= advance(stage, judge(gates, round), gates);
        }
      }
    }
    state = state.done(!stop.getAsBoolean());
    keep();
  }

  /** What may be tried: without a proof of the whole only what is proved window by window. */
  private List<Stage> possible(Gates gates) {
    if (options.acceptance().demand() == ProofDemand.RUNS) {
      return stages;
    }
    Optional<Verdict.Unknown> hopeless = gates.hopeless();
    if (hopeless.isEmpty()) {
      return stages;
    }
    String why = "not proved as a whole: " + hopeless.get().reason();
    state = state.because(why);
    return options.acceptance().demand() == ProofDemand.WHOLE
        ? List.of()
        : stages.stream().filter(SearchStage.class::isInstance).toList();
  }

  /**
   * Starts from the functions that all programs share in the version that all have agreed on;
   * whether that is possible.
   */
  private boolean takeShared(Gates gates) {
    ProgramSpec base = shared.in(original);
    if (base.code().equals(original.code())) {
      return true;
    }
    Gates.Outcome outcome = gates.full(base);
    if (outcome.refusal().isPresent()) {
      state = state.because("with the functions it shares: " + outcome.refusal().get()).done(true);
      return false;
    }
    State start = state;
    return prove(
        gates,
        start.with(start.best().passed(base, Map.of("shared functions", 1), outcome)).because(""),
        start,
        "shared functions");
  }

  private boolean advance(Stage stage, Judge judge, Gates gates) {
    State start = state;
    ProgramSpec best = start.program();
    doing = stage.name();
    Stage.Step step;
    try {
      Stage.Step found = stage.run(best, options, judge, stop);
      step =
          new Stage.Step(
              shared.in(found.program()),
              found.applied(),
              found.proofs(),
              found.solverSeconds(),
              found.leftOut());
    } catch (BpfException | UnsupportedOperationException e) {
      state = start.because(stage.name() + " leaves it: " + e.getMessage());
      return false;
    } catch (RuntimeException e) {
      // One stage's fault must not cost what the others have reached, nor other programs.
      state = state.because(stage.name() + " ended by a fault, please report it: " + e);
      return false;
    }
    Optional<String> refusal = gates.takeRefusal();
    if (step.program().code().equals(best.code())
        || step.program().code().slots() > best.code().slots()) {
      if (refusal.isPresent() && best.code().equals(original.code())) {
        state = start.because(stage.name() + " was undone: " + refusal.get());
      }
      return false;
    }
    Gates.Outcome outcome = gates.full(step.program());
    if (outcome.refusal().isPresent()) {
      state = start.because(stage.name() + " was undone: " + outcome.refusal().get());
      return false;
    }
    Map<String, Integer> rewrites = new LinkedHashMap<>(start.best().rewrites());
    step.applied().forEach((name, count) -> rewrites.merge(name, count, Integer::sum));
    Finding found =
        start
            .best()
            .passed(step.program(), rewrites, outcome)
            .after(step.proofs(), step.solverSeconds());
    State next = start.with(found).because(leftOut(start, step, refusal));
    return prove(gates, next, start, stage.name());
  }

  /** What this stage, or one before it, has done without. */
  private static String leftOut(State start, Stage.Step step, Optional<String> refusal) {
    String earlier = start.reason().startsWith(LEFT_OUT) ? start.reason() : "";
    return step.leftOut().isEmpty()
        ? earlier
        : LEFT_OUT + step.leftOut() + refusal.map(why -> ": " + why).orElse("");
  }

  /**
   * Publishes what has passed the other gates, and proves it; if that fails, takes it back. Where
   * only proofs count, it is published when it is proved.
   */
  private boolean prove(Gates gates, State next, State previous, String stage) {
    if (options.acceptance().demand() == ProofDemand.RUNS) {
      state = next.because("not proved as a whole in time");
    }
    Verdict verdict = gates.prove(next.program());
    if (!gates.isPassed(verdict)) {
      state = previous.because(stage + " was undone: " + Gates.why(verdict));
      return false;
    }
    state =
        verdict instanceof Verdict.Equivalent(ProofStatistics statistics)
            ? next.with(next.best().proved(statistics))
            : next.with(next.best().unproved(options.acceptance().demand()))
                .because("not proved as a whole: " + Gates.why(verdict));
    progress.report(original, stage, next.program().code().slots());
    return true;
  }

  private Judge judge(Gates gates, int round) {
    boolean slow =
        state.before() instanceof KernelVerdict.Accepted accepted
            && accepted.processedInsns() > SLOW_TO_VERIFY;
    return new Restored(gates, shared, slow && round == 0);
  }

  /** Judges candidates as they will be: with the functions that they share as all have them. */
  private record Restored(Gates gates, SharedFunctions shared, boolean patient) implements Judge {
    @Override
    public boolean loads(ProgramSpec candidate) {
      return patient || gates.loads(shared.in(candidate));
    }

    @Override
    public boolean proves(ProgramSpec candidate) {
      return gates.proves(shared.in(candidate));
    }

    @Override
    public boolean passes(ProgramSpec candidate) {
      return gates.passes(shared.in(candidate));
    }
  }

  @Override
  public void proved(ProgramSpec candidate) {
    doing =
        "runs of a result with %d slots, which has passed all else"
            .formatted(candidate.code().slots());
  }

  @Override
  public void takes(long nanos) {
    gatesNs = Math.max(gatesNs, nanos);
  }

  /** Publishes what a stage has reached before it is done. */
  @Override
  public void take(ProgramSpec candidate, Gates.Outcome outcome, ProofStatistics proof) {
    State found = state;
    if (candidate.code().slots() < found.program().code().slots()) {
      Finding better = found.best().passed(candidate, found.best().rewrites(), outcome);
      state = found.with(better.proved(proof)).because("").done(false);
    }
  }

  @Override
  public void caught(String difference) {
    wrong.add(difference);
  }

  /** Goes on from what an earlier run has found, if that still passes the gates. */
  private boolean resumed(Gates gates) {
    Optional<ResultCache.Kept> earlier =
        options
            .folders()
            .cache()
            .flatMap(folder -> new ResultCache(folder).find(original, options));
    if (earlier.isEmpty()) {
      return false;
    }
    ResultCache.Kept found = earlier.get();
    ProgramSpec program = shared.in(found.program());
    Gates.Outcome outcome = gates.full(program);
    if (outcome.refusal().isPresent()) {
      return false;
    }
    Finding kept =
        Finding.unchanged(original, state.before())
            .passed(program, found.rewrites(), outcome)
            .after(found.proofs(), found.solverSeconds())
            .fromCache();
    State next = state.with(kept).because("").done(found.complete());
    return prove(gates, next, state, "cache");
  }

  private void keep() {
    State found = state;
    if (options.folders().cache().isEmpty() || found.program().code().equals(original.code())) {
      return;
    }
    try {
      new ResultCache(options.folders().cache().get())
          .keep(
              original,
              options,
              new ResultCache.Kept(
                  found.program(),
                  found.best().rewrites(),
                  found.best().proofs(),
                  found.best().solverSeconds(),
                  found.complete()));
    } catch (IOException e) {
      state = state.because("the result could not be kept in the cache: " + e.getMessage());
    }
  }

  /** What has passed the gates by now. */
  ProgramResult result() {
    State known = state;
    Finding found = known.best();
    boolean changed = !found.program().code().equals(original.code());
    return new ProgramResult(
        original,
        found.program(),
        reason(known, changed),
        (System.nanoTime() - startNs) / 1e9,
        (cpuNs() - startCpuNs) / 1e9,
        Collections.unmodifiableMap(found.rewrites()),
        changed ? found.proof() : Proof.UNCHANGED,
        found.statistics(),
        found.proofs(),
        found.solverSeconds(),
        found.differential(),
        known.before(),
        found.kernel(),
        found.cached(),
        known.complete(),
        wrong);
  }

  private String reason(State found, boolean changed) {
    if (changed || found.complete() || !found.reason().isEmpty()) {
      return found.reason();
    }
    return "left as it is: stopped, or out of time, at work on: " + doing;
  }
}
