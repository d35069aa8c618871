package dev.scr.hosts.run;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.WorkerLog;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.wire.SequenceNumber;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Compares what workers did with the sequential program: every verdict, and every replica's state
 * with the sequential state after the packets that the replica has applied. Packets that a worker
 * left out because no worker had received them are left out of the sequential run too. Used once.
 */
public final class ReplicationCheck {
  private static final byte NO_VERDICT = -1;

  private final Trace trace;
  private final List<Outcome> outcomes;
  private final int sequenceBefore;
  private final List<WorkerResult> workers;
  private final byte[] verdicts;
  private final int[] workerOf;
  private final BitSet missed = new BitSet();
  private BitSet commands = new BitSet();
  private final BitSet leftOut = new BitSet();
  private final EnumMap<Verdict, Long> counts = new EnumMap<>(Verdict.class);
  private boolean verdictsEqual = true;
  private boolean replicasEqual = true;
  private Optional<String> firstDifference = Optional.empty();

  /**
   * A comparison.
   *
   * @param trace what went into the sequencer
   * @param outcomes what the sequencer did with each packet
   * @param sequenceBefore the number before the first one that the sequencer gave, 0 usually
   * @param workers what the workers did
   */
  public ReplicationCheck(
      Trace trace, List<Outcome> outcomes, int sequenceBefore, List<WorkerResult> workers) {
    this.trace = trace;
    this.outcomes = List.copyOf(outcomes);
    this.sequenceBefore = sequenceBefore;
    this.workers = List.copyOf(workers);
    int sequenced = (int) outcomes.stream().filter(o -> o == Outcome.SEQUENCED).count();
    this.verdicts = new byte[sequenced];
    this.workerOf = new int[sequenced];
    Arrays.fill(verdicts, NO_VERDICT);
  }

  /** Says which packets of the trace came from the controller. */
  public ReplicationCheck fromController(BitSet packets) {
    commands = (BitSet) packets.clone();
    return this;
  }

  /** Runs the sequential program over the trace and compares. */
  public ReplicationReport run(ProgramObject object, Engine engine) {
    workers.forEach(this::collect);
    workers.forEach(this::collectLeftOut);
    try (SequentialProgram sequential = new SequentialProgram(object, engine)) {
      compareStates(0, sequential);
      byte[] packet = new byte[trace.maxLength()];
      int number = 0;
      for (int i = 0; i < trace.size(); i++) {
        Outcome outcome = outcomes.get(i);
        if (outcome == Outcome.DROPPED_OVERSIZED || outcome == Outcome.DROPPED_UNMAPPED) {
          continue; // as if it had never come: no replica knows of it either
        }
        if (outcome == Outcome.SEQUENCED && leftOut.get(number)) {
          compareStates(++number, sequential); // no worker ever got it
          continue;
        }
        int length = trace.copyTo(i, packet);
        Verdict expected =
            commands.get(i) && outcome == Outcome.SEQUENCED
                ? sequential.control(packet, length)
                : sequential.handle(packet, length, trace.timestampNs(i));
        compareVerdict(i, outcome, number, expected);
        if (outcome == Outcome.SEQUENCED) {
          compareStates(++number, sequential);
        }
      }
    }
    return report();
  }

  /** Takes over a worker's verdicts and what it missed, by packet instead of by frame. */
  private void collect(WorkerResult worker) {
    WorkerLog log = worker.log();
    int before = 0;
    for (int frame = 0; frame < log.size(); frame++) {
      int number = log.sequence(frame) - sequenceBefore;
      if (number < 1 || number > verdicts.length) {
        verdictsEqual = false;
        differ(
            "worker %d handled number %s, which the sequencer has not given"
                .formatted(worker.worker(), SequenceNumber.toString(log.sequence(frame))));
        continue;
      }
      verdicts[number - 1] = (byte) log.verdict(frame).number();
      workerOf[number - 1] = worker.worker();
      missed.set(before, Math.min(before + log.missedBefore(frame), verdicts.length));
      before = number;
    }
  }

  /** What one worker leaves out, no worker may have given a verdict on. */
  private void collectLeftOut(WorkerResult worker) {
    long before = Integer.toUnsignedLong(sequenceBefore);
    for (long position : worker.recovery().leftOut()) {
      int number = (int) (position - before);
      leftOut.set(number - 1);
      if (verdicts[number - 1] != NO_VERDICT) {
        replicasEqual = false;
        differ(
            "number %s: expected all workers or none to apply it, found a verdict from worker %d, and worker %d leaves it out"
                .formatted(
                    SequenceNumber.toString((int) position),
                    workerOf[number - 1],
                    worker.worker()));
      }
    }
  }

  private void compareVerdict(int packet, Outcome outcome, int number, Verdict expected) {
    Verdict found =
        switch (outcome) {
          case PASSED_THROUGH -> Verdict.PASS;
          case SEQUENCED -> verdicts[number] == NO_VERDICT ? null : Verdict.of(verdicts[number]);
          case DROPPED_MALFORMED, DROPPED_OVERSIZED, DROPPED_UNMAPPED -> Verdict.DROP;
        };
    if (found == null) {
      return;
    }
    counts.merge(found, 1L, Long::sum);
    if (found != expected) {
      verdictsEqual = false;
      differ(
          "packet %d: expected %s from the sequential program, found %s from %s"
              .formatted(
                  packet,
                  expected,
                  found,
                  outcome == Outcome.SEQUENCED
                      ? "worker " + workerOf[number]
                      : "the sequencer (" + outcome + ")"));
    }
  }

  /** Compares the replicas that have applied exactly this many packets. */
  private void compareStates(int applied, SequentialProgram sequential) {
    for (WorkerResult worker : workers) {
      if (worker.progress().applied() - sequenceBefore == applied
          && !worker.state().equals(sequential.state())) {
        replicasEqual = false;
        differ(stateDifference(worker, sequential.state()));
      }
    }
  }

  private static String stateDifference(WorkerResult worker, List<MapEntry> expected) {
    List<MapEntry> onlyExpected =
        expected.stream().filter(e -> !worker.state().contains(e)).toList();
    List<MapEntry> onlyFound = worker.state().stream().filter(e -> !expected.contains(e)).toList();
    return "state after number %s: expected %s, found %s in the replica of worker %d (%d entries differ)"
        .formatted(
            SequenceNumber.toString(worker.progress().applied()),
            onlyExpected.isEmpty() ? "no entry" : onlyExpected.getFirst(),
            onlyFound.isEmpty() ? "no entry" : onlyFound.getFirst(),
            worker.worker(),
            Math.max(onlyExpected.size(), onlyFound.size()));
  }

  private void differ(String difference) {
    if (firstDifference.isEmpty()) {
      firstDifference = Optional.of(difference);
    }
  }

  private ReplicationReport report() {
    long lost = 0;
    long recovered = 0;
    for (int number = 0; number < verdicts.length; number++) {
      if (verdicts[number] == NO_VERDICT) {
        lost++;
        recovered += missed.get(number) || leftOut.get(number) ? 0 : 1;
      }
    }
    return new ReplicationReport(
        counts.isEmpty() ? new EnumMap<>(Verdict.class) : counts,
        verdictsEqual,
        replicasEqual,
        verdicts.length - lost,
        lost,
        recovered,
        sum(worker -> worker.progress().missed() + worker.recovery().unknown()),
        sum(worker -> worker.progress().fastForwarded()),
        firstDifference,
        leftOut.cardinality(),
        sum(worker -> worker.recovery().recovered()),
        sum(worker -> worker.recovery().joins()));
  }

  private long sum(ToLongFunction<WorkerResult> count) {
    return workers.stream().mapToLong(count).sum();
  }
}
